import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { childEnv } from "../../../lib/env";
import { start } from "../../../lib/process";
import { startCeph, type TestCeph } from "../../testing/ceph";
import { CEPH_VM_ID, imageOf, makeCephVm } from "../../testing/ceph-vm";
import { chainName } from "../../testing/disks";
import { startGuest } from "../../testing/guest";
import { type GuestImage, makeGuestImage } from "../../testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../../testing/libvirtd";
import { RECORD_DISK_BYTES, readRecords } from "../../testing/records";
import { meaningsOf } from "../../testing/run-driver";
import { FREEZE_FUNCTIONS } from "../lib/freeze";

const MIB = 1024 * 1024;
const DOMAIN = `one-${CEPH_VM_ID}`;
const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`a running VM with disks in Ceph${reason === null ? "" : ` (${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let ceph: TestCeph;
  let image: GuestImage;

  beforeAll(async () => {
    [libvirtd, ceph] = await Promise.all([startLibvirtd(), startCeph()]);
    image = await makeGuestImage(libvirtd.dir);
  });
  afterAll(async () => {
    await libvirtd.stop();
    await ceph.stop();
  });

  it("is backed up live and powered off in turns; both disks are of one instant", async () => {
    const vm = await makeCephVm(ceph);
    try {
      for (const id of [0, 1]) await vm.makeDisk(id, RECORD_DISK_BYTES / MIB);
      const options = { name: DOMAIN, image, disks: [0, 1].map(imageOf), ceph, write: ["vda", "vdb"] };
      const guest = await startGuest(libvirtd, options);
      const records: number[] = [];
      const backUp = async (increment: number, isLive: boolean, fsFreeze = "NONE") => {
        const result = await vm.backUp({
          diskIds: [0, 1],
          parentId: increment - 1,
          action: isLive ? "prebackup_live" : "prebackup",
          deployId: DOMAIN,
          libvirtUri: libvirtd.uri,
          fsFreeze,
        });
        // Also without FS_FREEZE: two snapshots are one instant only while nobody writes.
        const frozen = meaningsOf(result).flatMap((meaning) => (meaning.kind === "frozen" ? [meaning.ms] : []));
        expect(frozen).toHaveLength(isLive ? 1 : 0);
        if (isLive) expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("running");
        const chains = [0, 1].map((disk) =>
          chainName(Array.from({ length: increment + 1 }, (_, each) => vm.stored(disk, each))),
        );
        const [first = 0] = await readRecords(chains, path.join(vm.dir, "scratch"));
        records.push(first);
      };

      await guest.writes(5);
      await backUp(0, true);
      await guest.writes(5);
      await backUp(1, true, "SUSPEND");
      await guest.writes(5);
      await guest.destroy();
      await backUp(2, false);
      for (const disk of [0, 1]) expect([disk, await vm.restores(disk, 2)]).toEqual([disk, true]);
      expect(records).toEqual([...records].sort((a, b) => a - b));
      expect(new Set(records).size).toBe(3);
    } finally {
      await libvirtd.tryVirsh("destroy", DOMAIN);
      await vm.remove();
    }
  });

  it("that is frozen goes on when whoever froze it is killed", async () => {
    const vm = await makeCephVm(ceph);
    try {
      await vm.makeDisk(0, RECORD_DISK_BYTES / MIB);
      await startGuest(libvirtd, { name: DOMAIN, image, disks: [imageOf(0)], ceph });
      const script = `set -eu -o pipefail\n${FREEZE_FUNCTIONS}\nfreeze SUSPEND "$1"; echo frozen; sleep 60; thaw`;
      const env = { ...childEnv(), LIBVIRT_DEFAULT_URI: libvirtd.uri };
      const child = start(["bash", "-c", script, "strata", DOMAIN], { timeoutMs: 60_000, env });
      for await (const line of child.lines()) {
        expect(line).toBe("frozen");
        break;
      }
      expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("paused");
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await child.done;
      await vi.waitFor(async () => expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("running"), {
        timeout: 20_000,
        interval: 200,
      });
    } finally {
      await libvirtd.tryVirsh("destroy", DOMAIN);
      await libvirtd.tryVirsh("undefine", DOMAIN);
      await vm.remove();
    }
  });
});
