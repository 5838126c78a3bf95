import { readdirSync, statSync } from "node:fs";
import { lstat, readlink, symlink } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { change, makeDisk, scatteredChanges, seeded, tool } from "../testing/disks";
import { overlayBackupId as id, killDriver, makeOverlayVm, type OverlayVm } from "../testing/overlay-vm";
import { runDriver, startDriver } from "../testing/run-driver";
import { expectNothingLeft, MIB } from "../testing/test-vm";

const SIZE = 64 * MIB;

let vm: OverlayVm;

beforeEach(async () => {
  vm = await makeOverlayVm("/dev/null", { driver: "qcow2", host: "localhost" });
});
afterEach(async () => {
  await vm.remove();
});

describe("INCREMENT_MODE SNAPSHOT of a powered-off VM", () => {
  it("makes a chain whose every point restores: a file and a link, failed and repeated in between", async () => {
    const elsewhere = path.join(vm.dir, "else where", "disk");
    await makeDisk(vm.diskFile(0), SIZE);
    await makeDisk(elsewhere, SIZE + 1536);
    await symlink(elsewhere, vm.diskFile(1));
    const disks = { diskIds: [0, 1] };
    const random = seeded(5);
    const write = async () => {
      for (const n of [0, 1]) await change(vm.diskFile(n), ...scatteredChanges(random, SIZE));
    };
    await write();
    await vm.point(0, disks);
    expect(await readlink(vm.diskFile(0))).toBe(`disk.0.snap/${vm.overlays()[0]}`);
    expect(vm.overlays()).toEqual([expect.stringContaining(`1.${id(0)}.`)]);

    await write();
    // Staged, never stored.
    expect((await runDriver(vm.call(vm.asked(1, disks)))).exitCode).toBe(0);
    expect(vm.overlays()).toHaveLength(2);
    await vm.post(vm.asked(1, disks), "failed");
    expect(vm.overlays()).toEqual([expect.stringContaining(`1.${id(0)}.`)]);
    await write();
    // The core is killed before it can clean up.
    expect((await runDriver(vm.call(vm.asked(1, disks)))).exitCode).toBe(0);
    await write();
    await vm.point(1, disks);
    for (const diskId of [0, 1]) expect(vm.overlays(diskId)).toEqual([expect.stringContaining(`2.${id(1)}.`)]);

    await write();
    // Stored, but nobody merges: the next backup does.
    await vm.backUp(vm.asked(2, disks));
    await write();
    await vm.point(3, disks);
    for (const diskId of [0, 1]) {
      for (const n of [0, 1, 2, 3]) expect([diskId, n, await vm.restores(diskId, n)]).toEqual([diskId, n, true]);
      expect(vm.overlays(diskId)).toEqual([expect.stringContaining(`4.${id(3)}.`)]);
      expect(await tool("qemu-img", "info", "-f", "qcow2", vm.stored(diskId, 3))).not.toContain("backing file");
    }
    expect((await lstat(`${vm.diskFile(1)}.snap/0`)).isSymbolicLink()).toBe(true);
  });

  it("leaves a disk among snapshots of OpenNebula where it is: no overlay, no merge, a full each time", async () => {
    const file = `${vm.diskFile(0)}.snap/1`;
    await makeDisk(file, 16 * MIB);
    await symlink("disk.0.snap/1", vm.diskFile(0));
    for (const point of [0, 1]) {
      await change(vm.diskFile(0), `write -P ${point + 1} ${point}M 1M`);
      const result = await runDriver({ ...vm.call(vm.asked(0)) });
      expect([result.exitCode, result.stderr]).toEqual([0, expect.stringContaining("snapshots of OpenNebula")]);
      await vm.post(vm.asked(0), "stored");
    }
    expect(await readlink(vm.diskFile(0))).toBe("disk.0.snap/1");
    expect(readdirSync(path.dirname(file))).toEqual(["1"]);
  });

  it("is killed while it copies and while it merges, and the next one carries on", async () => {
    await makeDisk(vm.diskFile(0), 256 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 8M");
    await vm.point(0);
    await change(vm.diskFile(0), "write -P 2 4M 100M", "discard 0 1M");
    const killAt = async (action: string, isReached: () => boolean) => {
      const child = startDriver({ ...vm.call(vm.asked(1)), action: `tm/qcow2/${action}` });
      const ended = child.done.then(() => true);
      const tick = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 5));
      while (!isReached() && !(await Promise.race([ended, tick()])));
      killDriver(child);
      await child.done;
      await expectNothingLeft(vm);
    };
    await killAt("prebackup", () => readdirSync(vm.vmDir).includes("backup"));
    await vm.backUp(vm.asked(1));
    await change(vm.diskFile(0), "write -P 3 100M 8M");
    const newest = vm.overlays().find((name) => name.startsWith("2."));
    const noted = `${vm.diskFile(0)}.snap/${newest}.below`;
    const before = (await lstat(noted)).ino;
    // The note is replaced when the merge begins.
    await killAt("postbackup", () => tryIno(noted) !== before);
    await vm.point(2);
    for (const n of [0, 1, 2]) expect([n, await vm.restores(0, n)]).toEqual([n, true]);
    expect(vm.overlays()).toHaveLength(1);
  });
});

function tryIno(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? -1;
}
