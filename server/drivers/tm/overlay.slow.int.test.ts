import { existsSync, readdirSync } from "node:fs";
import { lstat, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bitmapsOf, change, fileName, makeDisk, scatteredChanges, seeded, tool } from "../testing/disks";
import { killDriver, makeOverlayVm, type OverlayVm } from "../testing/overlay-vm";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";
import { expectNothingLeft, MIB, VM_ID } from "../testing/test-vm";

const SIZE = 64 * MIB;

let sshd: TestSshd;
let vm: OverlayVm;

beforeAll(async () => {
  sshd = await startSshd(["hv1"]);
});
afterAll(async () => {
  await sshd.stop();
});
afterEach(async () => {
  await vm.remove();
});

describe.each([
  ["qcow2", "localhost"],
  ["shared", "hv1"],
  ["ssh", "hv1"],
])("INCREMENT_MODE SNAPSHOT, %s on %s, powered off", (driver, host) => {
  it("restores every point, with drivers killed at random moments", { timeout: 600_000 }, async () => {
    vm = await makeOverlayVm(sshd.configPath, { driver, host });
    await makeDisk(vm.diskFile(0), SIZE);
    const random = seeded(driver.length);
    await change(vm.diskFile(0), ...scatteredChanges(random, SIZE));
    await vm.point(0);
    const killAfter = async (action: string, n: number, ms: number) => {
      const child = startDriver({ ...vm.call(vm.asked(n)), action: `tm/${driver}/${action}` });
      const timer = setTimeout(() => killDriver(child), ms);
      await child.done;
      clearTimeout(timer);
      await expectNothingLeft(vm);
    };
    for (let n = 1; n <= 4; n += 1) {
      await change(vm.diskFile(0), ...scatteredChanges(random, SIZE));
      await killAfter("prebackup", n, 200 + random() * 1500);
      await change(vm.diskFile(0), ...scatteredChanges(random, SIZE));
      await vm.backUp(vm.asked(n));
      await killAfter("postbackup", n, 200 + random() * 1500);
    }
    await vm.point(5);
    for (let n = 0; n <= 5; n += 1) expect([n, await vm.restores(0, n)]).toEqual([n, true]);
    expect(vm.overlays()).toHaveLength(1);
  });

  it("other operations merge first; a delete leaves a registered file with all that is new", {
    timeout: 300_000,
  }, async () => {
    vm = await makeOverlayVm(sshd.configPath, { driver, host });
    const place = (diskId: number) => `${host}:${vm.diskFile(diskId)}`;
    const act = async (action: string, ...argv: string[]) => {
      const result = await runDriver({ action: `tm/${driver}/${action}`, argv, sshConfig: sshd.configPath });
      expect([action, result.exitCode, reasonOf(result)]).toEqual([action, 0, ""]);
    };
    const isPlain = async () => {
      expect((await lstat(vm.diskFile(0))).isFile()).toBe(true);
      expect(await readdir(vm.vmDir)).not.toContain("disk.0.snap");
      await tool("qemu-io", "-f", "qcow2", "-r", "-c", "read -P 2 1M 1M", "-c", "read -P 1 0 1M", vm.diskFile(0));
    };
    await makeDisk(vm.diskFile(0), SIZE);
    const begin = async () => {
      await change(vm.diskFile(0), "write -P 1 0 2M");
      await vm.point(0);
      await change(vm.diskFile(0), "write -P 2 1M 1M");
    };
    await begin();
    await act("resize", place(0), "128", String(VM_ID));
    await isPlain();
    await begin();
    await act("snap_create", place(0), "3", String(VM_ID), "0");
    await isPlain();
    await act("snap_delete", place(0), "3", String(VM_ID), "0");
    await begin();
    for (const mode of ["FULL", "INCREMENT"] as const) {
      await vm.backUp({ host, driver, mode, parentId: -1 });
      await isPlain();
      expect(await vm.restores(0, 0)).toBe(true);
    }
    // And back: bitmaps of the other mode go.
    await begin();
    expect(await bitmapsOf(`${vm.diskFile(0)}.snap/0`)).toEqual([]);
    await act("overlay", `${host}:${vm.vmDir}`, String(VM_ID), "fold", "0");
    await isPlain();

    const registered = path.join(vm.dir, "registered.qcow2");
    await makeDisk(registered, SIZE);
    await symlink(registered, vm.diskFile(1));
    await vm.point(0, { diskIds: [1] });
    await change(vm.diskFile(1), "write -P 7 3M 1M");
    await act("delete", place(1), String(VM_ID), "0");
    expect(readdirSync(vm.vmDir)).not.toContain("disk.1.snap");
    await tool("qemu-io", "-f", "qcow2", "-r", "-c", "read -P 7 3M 1M", registered);
    await act("delete", `${host}:${vm.vmDir}`, String(VM_ID), "0");
    expect(existsSync(vm.vmDir)).toBe(false);
  });
});

describe("INCREMENT_MODE SNAPSHOT, what is not as it was left", () => {
  it("takes a full in a new chain and says why", { timeout: 300_000 }, async () => {
    vm = await makeOverlayVm("/dev/null", { driver: "qcow2", host: "localhost" });
    await makeDisk(vm.diskFile(0), SIZE);
    await change(vm.diskFile(0), "write -P 1 0 2M");
    const reset = async (reason: string, request = vm.asked(1)) => {
      const result = await runDriver(vm.call(request));
      expect(meaningsOf(result)).toContainEqual({ kind: "chain-reset", reason: expect.stringContaining(reason) });
      await vm.point(0);
      expect([reason, await vm.restores(0, 0)]).toEqual([reason, true]);
    };
    await vm.point(0);
    await reset("no overlay of disk 0 records", vm.asked(1, { lastBackupId: "7".repeat(24) }));
    // Somebody writes to the disk itself, below the overlay.
    await change(`${vm.diskFile(0)}.snap/0`, "write -P 9 8M 64k");
    await reset("below its overlay, disk 0 was written to or replaced");
    await change(vm.diskFile(0), "write -P 3 1M 1M");
    await tool("rm", `${vm.diskFile(0)}.snap/${vm.overlays()[0]}.below`);
    await reset("it is not recorded");
    // The overlay is put on something else.
    const other = path.join(vm.vmDir, "other");
    await makeDisk(other, SIZE);
    const newest = `${vm.diskFile(0)}.snap/${vm.overlays()[0]}`;
    await tool("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", other, newest);
    await reset("do not lie on the disk they were begun on");
    await tool("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", `${vm.diskFile(0)}.snap/0`, newest);
    // An old copy of the disk is put back in the place of the link.
    await tool("qemu-img", "convert", "-O", "qcow2", fileName(vm.diskFile(0)), path.join(vm.dir, "old"));
    await tool("mv", "-fT", path.join(vm.dir, "old"), vm.diskFile(0));
    const replaced = await runDriver(vm.call(vm.asked(1)));
    expect(meaningsOf(replaced)).toContainEqual({ kind: "chain-reset", reason: expect.stringContaining("no overlay") });
    expect(reasonOf(await runDriver(vm.call(vm.asked(0))))).toContain("do not belong to this disk any more");
    await tool("rm", "-r", `${vm.diskFile(0)}.snap`);
    await vm.point(0);
    expect(await vm.restores(0, 0)).toBe(true);

    const call = vm.call(vm.asked(0));
    const imported = await runDriver({ ...call, argv: (call.argv ?? []).with(2, "web") });
    expect(reasonOf(imported)).toContain("was imported");
  });
});
