import { readdirSync } from "node:fs";
import { readdir, readlink, rename, symlink } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { seeded } from "../testing/disks";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, LIVE_VM_ID, type LiveBackup, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { killDriver } from "../testing/overlay-vm";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(
  `INCREMENT_MODE SNAPSHOT while the guest runs${reason === null ? "" : ` (${reason})`}`,
  () => {
    let libvirtd: TestLibvirtd;
    let sshd: TestSshd;
    let image: GuestImage;

    beforeAll(async () => {
      libvirtd = await startLibvirtd();
      sshd = await startSshd(["hv1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
      image = await makeGuestImage(libvirtd.dir);
    });
    afterAll(async () => {
      await sshd.stop();
      await libvirtd.stop();
    });

    async function withVm(work: (vm: LiveVm) => Promise<void>): Promise<void> {
      const vm = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath });
      try {
        await work(vm);
      } finally {
        await libvirtd.tryVirsh("destroy", DOMAIN);
        await libvirtd.tryVirsh("undefine", DOMAIN, "--checkpoints-metadata");
        await vm.remove();
      }
    }

    const id = (n: number) => String(n).padStart(24, "c");
    const asked = (n: number, isLive: boolean, more: Partial<LiveBackup> = {}): LiveBackup => ({
      driver: "qcow2",
      incrementMode: "SNAPSHOT",
      isLive,
      parentId: n - 1,
      backupId: id(n),
      ...(n === 0 ? {} : { lastBackupId: id(n - 1) }),
      ...more,
    });
    const overlays = (vm: LiveVm, diskId: number) =>
      readdirSync(`${vm.diskFile(diskId)}.snap`).filter((name) => name !== "0" && !name.endsWith(".below"));
    const prepare = async (vm: LiveVm, what: "begin" | "fold") => {
      const argv = [`localhost:${vm.vmDir}`, String(LIVE_VM_ID), what, "0:1"];
      const result = await runDriver({ action: "tm/qcow2/overlay", argv, sshConfig: sshd.configPath });
      expect([result.exitCode, result.stderr]).toEqual([0, expect.not.stringContaining("WARN")]);
    };

    it.each([
      ["qcow2", "localhost"],
      ["shared", "localhost"],
      ["ssh", "hv1"],
    ])(
      "%s on %s: live and powered-off increments take turns, each one instant",
      { timeout: 400_000 },
      async (driver, host) => {
        await withVm(async (vm) => {
          const records: number[] = [];
          const backUp = async (n: number, isLive: boolean) => {
            const fsFreeze = n === 2 ? "SUSPEND" : "NONE";
            const result = await vm.backUp(asked(n, isLive, { driver, host, fsFreeze }));
            expect(meaningsOf(result).filter(({ kind }) => kind === "frozen")).toHaveLength(n === 2 ? 1 : 0);
            records.push(await vm.recordAt(n));
            for (const disk of [0, 1])
              expect(overlays(vm, disk)).toEqual([expect.stringContaining(`${n + 1}.${id(n)}.`)]);
          };
          await prepare(vm, "begin");
          let guest = await vm.boot();
          await guest.run("dd if=/dev/urandom of=/dev/vda bs=64k count=15 conv=fsync 2>/dev/null");
          await guest.writes(5);
          await backUp(0, true);
          // Zeroed and discarded ranges must hide what the parent has there.
          await guest.run("dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync,notrunc 2>/dev/null");
          await guest.run("blkdiscard -o 524288 -l 262144 /dev/vda");
          await guest.writes(5);
          await backUp(1, true);
          await guest.writes(3);
          await backUp(2, true);
          await guest.writes(3);
          await guest.destroy();
          await backUp(3, false);
          for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 3)]).toEqual([disk, true]);
          guest = await vm.boot();
          await guest.writes(3);
          await backUp(4, true);
          await guest.writes(3);
          await guest.destroy();
          await backUp(5, false);
          for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 5)]).toEqual([disk, true]);
          for (const [n, record] of records.entries())
            expect(record).toBeGreaterThan(n === 0 ? 4 : (records[n - 1] ?? 0));

          await prepare(vm, "fold");
          for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 5)]).toEqual([disk, true]);
          expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1"]);
        });
      },
    );

    it("carries on after failed and broken backups, and asks for a full when the VM was started without overlays", {
      timeout: 400_000,
    }, async () => {
      await withVm(async (vm) => {
        const first = await vm.boot();
        await first.writes(2);
        const untracked = await vm.backUp(asked(0, true));
        expect(untracked.stderr).toContain("before the VM is powered off and on");
        const refused = await runDriver(vm.call(asked(1, true)));
        expect(meaningsOf(refused)).toContainEqual({
          kind: "chain-reset",
          reason: expect.stringContaining("overlays"),
        });
        await first.destroy();

        await vm.backUp(asked(0, false));
        const guest = await vm.boot();
        await guest.writes(3);
        // Staged and never stored, twice; the core is killed before it cleans up.
        for (const _ of [1, 2]) {
          expect(reasonOf(await runDriver(vm.call(asked(1, true))))).toBe("");
          await guest.writes(2);
        }
        const before = await vm.recordAt(0);
        await vm.backUp(asked(1, true));
        expect(await vm.recordAt(1)).toBeGreaterThan(before);
        expect(overlays(vm, 0)).toHaveLength(1);
        const snapshot = await libvirtd.tryVirsh("domblklist", DOMAIN);
        expect(JSON.stringify(snapshot)).toContain("disk.0.snap/2.");

        // QEMU is killed after a stored backup that nobody has merged.
        await guest.writes(2);
        expect(reasonOf(await runDriver(vm.call(asked(2, true))))).toBe("");
        await guest.writes(2);
        await guest.destroy();
        await vm.backUp(asked(2, false));
        for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 2)]).toEqual([disk, true]);
        expect(overlays(vm, 0)).toHaveLength(1);
      });
    });

    it("survives drivers that are killed at random moments: the guest goes on, every point restores", {
      timeout: 600_000,
    }, async () => {
      await withVm(async (vm) => {
        // One of the disks is a registered file.
        const registered = path.join(vm.dir, "registered");
        await rename(vm.diskFile(1), registered);
        await symlink(registered, vm.diskFile(1));
        await prepare(vm, "begin");
        const guest = await vm.boot();
        await guest.writes(2);
        await vm.backUp(asked(0, true));
        const random = seeded(11);
        const killAfter = async (action: string, n: number, ms: number) => {
          const child = startDriver(
            vm.call(asked(n, true, { driver: "ssh", host: "hv1", fsFreeze: "SUSPEND" }), action),
          );
          const timer = setTimeout(() => killDriver(child), ms);
          await child.done;
          clearTimeout(timer);
        };
        let last = await vm.recordAt(0);
        for (let n = 1; n <= 5; n += 1) {
          await guest.writes(2);
          await killAfter("prebackup", n, 300 + random() * 3000);
          await guest.writes(1);
          // Right after a snapshot that was broken off it is asked to wait.
          await vi.waitFor(
            async () => {
              const result = await runDriver(vm.call(asked(n, true)));
              expect([reasonOf(result), meaningsOf(result).filter(({ kind }) => kind === "chain-reset")]).toEqual([
                "",
                [],
              ]);
            },
            { timeout: 100_000, interval: 5000 },
          );
          await vm.keep(n);
          await guest.writes(1);
          await killAfter("postbackup", n, 300 + random() * 3000);
          await guest.writes(1);
          const record = await vm.recordAt(n);
          expect(record).toBeGreaterThan(last);
          last = record;
        }
        await guest.destroy();
        await vm.backUp(asked(6, false));
        for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 6)]).toEqual([disk, true]);
        expect(overlays(vm, 0)).toHaveLength(1);
        await prepare(vm, "fold");
        expect([await readlink(vm.diskFile(1)), await vm.isDiskAt(1, 6)]).toEqual([registered, true]);
      });
    });
  },
);
