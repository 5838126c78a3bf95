import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bitmapsOf, tool } from "../testing/disks";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { holdProgram } from "../testing/held-programs";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { meaningsOf, reasonOf, runDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`backups of a running VM${reason === null ? "" : ` (${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let sshd: TestSshd;
  let image: GuestImage;

  beforeAll(async () => {
    libvirtd = await startLibvirtd();
    sshd = await startSshd(["hv1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
    image = await makeGuestImage(libvirtd.dir, { agent: true });
  });
  afterAll(async () => {
    await sshd.stop();
    await libvirtd.stop();
  });

  async function withVm(work: (vm: LiveVm) => Promise<void>, withFilesystem = false): Promise<void> {
    const vm = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath, withFilesystem });
    try {
      await work(vm);
    } finally {
      await libvirtd.tryVirsh("destroy", DOMAIN);
      await libvirtd.tryVirsh("undefine", DOMAIN, "--checkpoints-metadata");
      await vm.remove();
    }
  }

  const id = (n: number) => String(n).padStart(24, "a");

  it.each([
    ["qcow2", "localhost"],
    ["ssh", "hv1"],
  ])("%s on %s: live and powered-off increments take turns, each one instant", async (driver, host) => {
    await withVm(async (vm) => {
      const records: number[] = [];
      const backUp = async (increment: number, isLive: boolean) => {
        const result = await vm.backUp({
          driver,
          host,
          isLive,
          parentId: increment - 1,
          backupId: id(increment),
          lastBackupId: increment === 0 ? "" : id(increment - 1),
          fsFreeze: increment === 1 ? "SUSPEND" : "NONE",
        });
        const frozen = meaningsOf(result).filter((meaning) => meaning.kind === "frozen");
        expect(frozen).toHaveLength(increment === 1 ? 1 : 0);
        const facts = meaningsOf(result).flatMap((meaning) => (meaning.kind === "disk" ? [meaning.disk] : []));
        expect(facts.map(({ file, bitmap }) => [file, bitmap])).toEqual(
          [0, 1].map((disk) => [`disk.${disk}.${increment}`, `one-7-${increment}`]),
        );
        records.push(await vm.recordAt(increment));
      };

      let guest = await vm.boot();
      await guest.run("dd if=/dev/urandom of=/dev/vda bs=64k count=15 conv=fsync 2>/dev/null");
      await guest.writes(5);
      await backUp(0, true);
      // Zeroed and discarded ranges must hide what the parent has there.
      await guest.run("dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync,notrunc 2>/dev/null");
      await guest.run("blkdiscard -o 524288 -l 262144 /dev/vda");
      await guest.writes(5);
      await backUp(1, true);
      await guest.writes(5);
      await guest.destroy();
      await backUp(2, false);
      for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 2)]).toEqual([disk, true]);
      guest = await vm.boot();
      await guest.writes(5);
      await backUp(3, true);
      await guest.writes(1);
      expect((await libvirtd.virsh("checkpoint-list", DOMAIN, "--name")).trim()).toBe("");
      await guest.destroy();
      await backUp(4, false);
      for (const disk of [0, 1]) expect([disk, await vm.isDiskAt(disk, 4)]).toEqual([disk, true]);

      expect(records).toHaveLength(5);
      for (const [increment, record] of records.entries())
        expect(record).toBeGreaterThan(increment === 0 ? 4 : (records[increment - 1] ?? 0));
      const names = [3, 4].flatMap((n) => [`one-7-${n}`, `one-7-${n}.${id(n)}`]);
      for (const disk of [0, 1]) expect((await bitmapsOf(vm.diskFile(disk))).sort()).toEqual(names);
      expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1"]);
    });
  });

  it("AGENT: the file system is whole without its journal; an agent that does not answer is said, nothing is frozen", async () => {
    await withVm(async (vm) => {
      const guest = await vm.boot();
      await guest.writes(3);
      const features = async (increment: number) => {
        const raw = path.join(vm.dir, "raw");
        await tool("qemu-img", "convert", "-O", "raw", vm.chain(2, increment), raw);
        return await tool("dumpe2fs", "-h", raw);
      };
      const backUp = async (increment: number, fsFreeze: "NONE" | "AGENT") => {
        const backup = { driver: "shared", isLive: true, parentId: increment - 1, fsFreeze };
        return meaningsOf(await vm.backUp(backup)).flatMap((each) => (each.kind === "frozen" ? [each.ms] : []));
      };
      // The first proves that the guest's file system is in use: it would have to be repaired.
      expect(await backUp(0, "NONE")).toEqual([]);
      expect(await features(0)).toContain("needs_recovery");
      // libvirt may have lost what it knew: the bitmaps are enough.
      await libvirtd.restart();
      const [frozenMs] = await backUp(1, "AGENT");
      expect(frozenMs).toBeGreaterThan(0);
      expect(await features(1)).not.toContain("needs_recovery");
      await guest.run("touch /mnt/thawed && sync");

      await guest.run("killall qemu-ga");
      const refused = await runDriver(vm.call({ isLive: true, parentId: 1, fsFreeze: "AGENT" }));
      expect([refused.exitCode, reasonOf(refused)]).toEqual([1, expect.stringContaining("does not answer")]);
      await backUp(2, "NONE");
      expect(await vm.recordAt(2)).toBeGreaterThan(await vm.recordAt(1));
      await guest.destroy();
    }, true);
  });

  it("AGENT: when the agent goes away while the file systems are frozen, the backup fails and says so", async () => {
    await withVm(async (vm) => {
      const guest = await vm.boot();
      await guest.writes(3);
      const held = await holdProgram(path.join(libvirtd.dir, "held"), "/usr/bin/virsh", "backup-begin");
      const running = runDriver(vm.call({ isLive: true, parentId: -1, fsFreeze: "AGENT", pathFirst: held.dir }));
      await held.reached();
      await guest.run("killall -9 qemu-ga");
      await held.release();
      const result = await running;
      expect([result.exitCode, reasonOf(result)]).toEqual([1, expect.stringContaining("could not be thawed")]);
      expect(result.stderr).toContain("frozen file systems");
      // Only the guest itself can thaw them now; nothing of the backup is in its way.
      await guest.run("fsfreeze --unfreeze /mnt && touch /mnt/thawed && sync");
      expect((await libvirtd.tryVirsh("backup-dumpxml", DOMAIN)).ok).toBe(false);
      expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1", "disk.2"]);
      await vm.backUp({ isLive: true, parentId: -1 });
      await guest.destroy();
    }, true);
  });

  it("asks for a new chain when the parent's mark is not on the disks", async () => {
    await withVm(async (vm) => {
      const guest = await vm.boot();
      await guest.writes(2);
      await vm.backUp({ isLive: true, parentId: -1, backupId: id(0) });
      const other = await runDriver(vm.call({ isLive: true, parentId: 0, backupId: id(1), lastBackupId: id(9) }));
      expect(other.stderr).toContain("chain-reset disk 0 does not carry the mark");
      await vm.backUp({ isLive: true, parentId: 0, backupId: id(1), lastBackupId: id(0) });
      await guest.destroy();
    });
  });
});
