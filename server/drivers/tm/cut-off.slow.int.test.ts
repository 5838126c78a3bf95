import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { childEnv } from "../../lib/env";
import { type CutOff, makeCutOff } from "../testing/cut-off";
import type { Guest } from "../testing/guest";
import { makeGuestImage } from "../testing/guest-image";
import { type HeldProgram, holdProgram } from "../testing/held-programs";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, type LiveBackup, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { reasonOf, runDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

/** Both sides notice after 30 s of silence; the rest is for a busy machine. */
const NOTICED_WITHIN_MS = 50_000;
const TEST_MS = 110_000;

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`a firewall drops the connection${reason === null ? "" : ` (${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let network: CutOff;
  let sshd: TestSshd;
  let held: HeldProgram;
  let live: LiveVm;
  let off: LiveVm;
  let guest: Guest;

  beforeAll(async () => {
    libvirtd = await startLibvirtd();
    network = await makeCutOff();
    // Programs of the host: its sessions find them first.
    held = await holdProgram(path.join(libvirtd.dir, "held"), "/usr/bin/qemu-img", "convert");
    const PATH = `${held.dir}:${childEnv()["PATH"] ?? ""}`;
    sshd = await startSshd(["hv1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri, PATH }, network.way);
    const image = await makeGuestImage(libvirtd.dir);
    live = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath });
    off = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath });
    guest = await live.boot();
  });
  afterAll(async () => {
    await held.release();
    await guest.destroy();
    await live.remove();
    await off.remove();
    await sshd.stop();
    await network.remove();
    await libvirtd.stop();
  });

  it(
    "live and powered off: the host frees the guest by itself, the drivers end, the next backups are good",
    async () => {
      const full = (isLive: boolean): LiveBackup => ({ host: "hv1", isLive, parentId: -1, fsFreeze: "SUSPEND" });
      const running = [runDriver(live.call(full(true))), runDriver(off.call(full(false)))] as const;
      const copies = [live, off].map((vm) => path.join(vm.vmDir, "backup"));
      await held.reached();
      await vi.waitFor(
        async () => {
          expect(copies.map((folder) => existsSync(folder))).toEqual([true, true]);
          expect((await libvirtd.tryVirsh("backup-dumpxml", DOMAIN)).ok).toBe(true);
          expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("running");
        },
        { timeout: 30_000, interval: 100 },
      );

      await network.cut();
      const cutAt = performance.now();
      // Nothing reaches the host: what happens there, it does on its own.
      await vi.waitFor(
        async () => {
          expect((await libvirtd.tryVirsh("backup-dumpxml", DOMAIN)).ok).toBe(false);
          expect((await readdir(live.vmDir)).includes("backup.live")).toBe(false);
        },
        { timeout: NOTICED_WITHIN_MS, interval: 250 },
      );
      expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("running");
      await guest.writes(2);
      const offResult = await running[1];
      expect(performance.now() - cutAt).toBeLessThan(NOTICED_WITHIN_MS);
      await network.mend();
      await held.release();
      for (const result of [offResult, await running[0]]) {
        expect(result.exitCode).toBe(1);
        expect(reasonOf(result)).toContain("hv1");
      }
      expect(performance.now() - cutAt).toBeLessThan(NOTICED_WITHIN_MS + 10_000);

      for (const increment of [0, 1]) {
        await live.backUp({ ...full(true), parentId: increment - 1 });
        await off.backUp({ ...full(false), parentId: increment - 1 });
        await guest.writes(2);
      }
      expect(await live.recordAt(1)).toBeGreaterThan(await live.recordAt(0));
      expect(await off.isDiskAt(0, 1)).toBe(true);
    },
    TEST_MS,
  );
});
