/** Snapshots of one disk while the guest writes to it: taken by its QEMU, put back when it is off. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileName, tool } from "../testing/disks";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, LIVE_VM_ID, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { readRecords } from "../testing/records";
import { reasonOf, runDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`snapshots of a disk in use${reason === null ? "" : ` (${reason})`}`, () => {
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

  const namesIn = async (vm: LiveVm) => {
    const info = JSON.parse(await tool("qemu-img", "info", "-U", "--output=json", fileName(vm.diskFile(0)))) as {
      snapshots?: { name: string }[];
    };
    return (info.snapshots ?? []).map((snapshot) => snapshot.name);
  };

  it("hold one moment, are kept and deleted while it writes, and leave live increments whole", async () => {
    const vm = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath });
    const call = async (action: string, snapshotId: number, host = "localhost") => {
      const argv = [`${host}:${vm.diskFile(0)}`, String(snapshotId), String(LIVE_VM_ID), "0"];
      const live = action.endsWith("_live") ? [...argv, DOMAIN, "-"] : argv;
      const driver = host === "localhost" ? "qcow2" : "ssh";
      return await runDriver({
        action: `tm/${driver}/${action}`,
        argv: live,
        sshConfig: sshd.configPath,
        libvirtUri: libvirtd.uri,
      });
    };
    const ok = async (...args: Parameters<typeof call>) => {
      const result = await call(...args);
      expect(reasonOf(result)).toBe("");
      expect(result.exitCode).toBe(0);
    };
    try {
      const guest = await vm.boot();
      await guest.writes(2);
      const id = (n: number) => String(n).padStart(24, "b");
      await vm.backUp({ isLive: true, parentId: -1, backupId: id(0), lastBackupId: "" });

      const before = await guest.written();
      await ok("snap_create_live", 0);
      await ok("snap_create_live", 0);
      const after = await guest.written();
      await ok("snap_create_live", 1, "hv1");
      expect(await namesIn(vm)).toEqual(["one-snap-0", "one-snap-1"]);
      await guest.writes(2);
      await vm.backUp({ isLive: true, parentId: 0, backupId: id(1), lastBackupId: id(0) });
      expect(await vm.recordAt(1)).toBeGreaterThanOrEqual(after);
      await ok("snap_delete_live", 1, "hv1");
      await ok("snap_delete_live", 1);
      expect(await namesIn(vm)).toEqual(["one-snap-0"]);
      await guest.writes(2);
      const late = await guest.written();

      // Its QEMU holds the disk: what works on files must keep away.
      expect(reasonOf(await call("snap_revert", 0))).toContain("another program holds it");
      await guest.destroy();
      expect(reasonOf(await call("snap_create_live", 5))).toContain(`${DOMAIN} does not run`);
      await ok("snap_revert", 0);
      const [held = -1] = await readRecords([fileName(vm.diskFile(0))], path.join(vm.dir, "raw"));
      expect(held).toBeGreaterThanOrEqual(before);
      expect(held).toBeLessThanOrEqual(after + 1); // the record that was on its way to the second disk
      expect(held).toBeLessThan(late);
    } finally {
      await libvirtd.tryVirsh("destroy", DOMAIN);
      await libvirtd.tryVirsh("undefine", DOMAIN, "--checkpoints-metadata");
      await vm.remove();
    }
  });
});
