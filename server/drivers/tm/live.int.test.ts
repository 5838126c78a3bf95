import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bitmapsOf } from "../testing/disks";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { meaningsOf } from "../testing/run-driver";
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
});
