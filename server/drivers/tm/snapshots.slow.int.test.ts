/** Snapshots of a powered-off disk, alone and together with the bitmaps that increments live on. */
import { symlink } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bitmapsOf, change, fileName, isSameContent, makeDisk, snapshotOf, tool } from "../testing/disks";
import { meaningsOf, reasonOf, runDriver } from "../testing/run-driver";
import { holdDisk, MIB, makeVm, type TestVm, VM_ID } from "../testing/test-vm";

const host = "localhost";
let vm: TestVm;

beforeEach(async () => {
  vm = await makeVm("/dev/null");
});
afterEach(async () => {
  await vm.remove();
});

const argv = (snapshotId: number) => [`${host}:${vm.diskFile(0)}`, String(snapshotId), String(VM_ID), "0"];
const call = (action: string, snapshotId: number) =>
  runDriver({ action: `tm/qcow2/${action}`, argv: argv(snapshotId) });

async function ok(action: string, snapshotId: number): Promise<void> {
  const result = await call(action, snapshotId);
  expect(reasonOf(result)).toBe("");
  expect(result.exitCode).toBe(0);
}

async function snapshotNames(): Promise<string[]> {
  const info = JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(vm.diskFile(0)))) as {
    snapshots?: { name: string }[];
  };
  return (info.snapshots ?? []).map((snapshot) => snapshot.name);
}

const moment = async (name: string) => {
  const copy = path.join(vm.dir, `moment ${name}`);
  await snapshotOf(vm.diskFile(0), copy);
  return fileName(copy);
};
const isNow = (copy: string) => isSameContent(fileName(vm.diskFile(0)), copy);

/** What a disk file may be: alone, an overlay of an image, a link to a file elsewhere. */
const LAYOUTS: [string, () => Promise<void>][] = [
  ["a file", () => makeDisk(vm.diskFile(0), 32 * MIB)],
  [
    "an overlay",
    async () => {
      const base = path.join(vm.dir, "datastores/1/base");
      await makeDisk(base, 32 * MIB);
      await change(base, "write -P 9 0 4M");
      await makeDisk(vm.diskFile(1), 1 * MIB);
      await tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", vm.diskFile(0));
    },
  ],
  [
    "a link",
    async () => {
      const file = path.join(vm.dir, "elsewhere.qcow2");
      await makeDisk(file, 32 * MIB);
      await makeDisk(vm.diskFile(1), 1 * MIB);
      await symlink(file, vm.diskFile(0));
    },
  ],
];

describe.each(LAYOUTS)("of %s", (_name, make) => {
  beforeEach(async () => {
    await make();
    await change(vm.diskFile(0), "write -P 1 0 1M");
  });

  it("are taken, put back in any order and deleted in any order, each twice without harm", async () => {
    const first = await moment("first");
    await ok("snap_create", 0);
    await change(vm.diskFile(0), "write -P 2 512k 1M", "discard 0 64k");
    const second = await moment("second");
    await ok("snap_create", 1);
    await ok("snap_create", 1);
    await change(vm.diskFile(0), "write -P 3 2M 1M");
    expect(await snapshotNames()).toEqual(["one-snap-0", "one-snap-1"]);

    await ok("snap_revert", 0);
    expect(await isNow(first)).toBe(true);
    await ok("snap_revert", 1);
    await ok("snap_revert", 1);
    expect(await isNow(second)).toBe(true);
    await ok("snap_delete", 0);
    await ok("snap_delete", 0);
    expect(await isNow(second)).toBe(true);
    await change(vm.diskFile(0), "write -P 4 0 2M");
    await ok("snap_revert", 1);
    expect(await isNow(second)).toBe(true);
    await ok("snap_delete", 1);
    expect(await isNow(second)).toBe(true);
    expect(await snapshotNames()).toEqual([]);
  });

  it("leave a chain of increments whole, until one is put back: then a full is taken", async () => {
    await vm.backUp({ host });
    await change(vm.diskFile(0), "write -P 5 3M 1M");
    await ok("snap_create", 0);
    await change(vm.diskFile(0), "write -P 6 4M 1M");
    await vm.backUp({ host, parentId: 0 });
    await ok("snap_delete", 0);
    await change(vm.diskFile(0), "write -P 7 5M 1M");
    await vm.backUp({ host, parentId: 1 });
    for (const point of [0, 1, 2]) expect(await vm.restores(0, point)).toBe(true);

    await ok("snap_create", 1);
    await change(vm.diskFile(0), "write -P 8 6M 1M");
    await ok("snap_revert", 1);
    expect(await bitmapsOf(vm.diskFile(0))).toEqual([]);
    const result = await runDriver(vm.call({ host, parentId: 2 }));
    expect(result.exitCode).toBe(1);
    expect(meaningsOf(result).filter((meaning) => meaning.kind === "chain-reset")).toEqual([
      { kind: "chain-reset", reason: `bitmap one-${VM_ID}-2 of disk 0 is missing` },
    ]);
    await vm.backUp({ host });
    expect(await vm.restores(0, 0)).toBe(true);
  });
});

describe("what is refused", () => {
  it("are refused while a program holds the disk, and the disk stays as it was", async () => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await ok("snap_create", 0);
    await change(vm.diskFile(0), "write -P 2 0 1M");
    const before = await moment("before");
    const holder = await holdDisk(vm);
    for (const [action, id] of [
      ["snap_create", 1],
      ["snap_revert", 0],
      ["snap_delete", 0],
    ] as const) {
      const result = await call(action, id);
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain("another program holds it");
    }
    process.kill(holder.pid ?? 0, "SIGKILL");
    await holder.done;
    expect(await isNow(before)).toBe(true);
    expect(await snapshotNames()).toEqual(["one-snap-0"]);
  });

  it("a raw disk, whatever its content, a missing snapshot, a disk of another VM", async () => {
    await makeDisk(vm.diskFile(1), 1 * MIB);
    await tool("qemu-img", "create", "-q", "-f", "raw", vm.diskFile(0), "1M");
    expect(reasonOf(await call("snap_create", 0))).toContain("only qcow2 disks have snapshots");
    await tool("rm", vm.diskFile(0));
    await makeDisk(vm.diskFile(0), 1 * MIB);
    expect(reasonOf(await call("snap_revert", 4))).toContain("has no snapshot one-snap-4");
    const foreign = await runDriver({
      action: "tm/ssh/snap_create",
      argv: [`${host}:${vm.diskFile(0)}`, "0", String(VM_ID + 1), "0"],
    });
    expect(reasonOf(foreign)).toContain(`is not a disk of VM ${VM_ID + 1}`);
  });
});

describe("resize", () => {
  const resize = (sizeMb: number) =>
    runDriver({ action: "tm/shared/resize", argv: [`${host}:${vm.diskFile(0)}`, String(sizeMb), String(VM_ID)] });

  it("grows a disk that has bitmaps, never cuts one off", async () => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 1M");
    await vm.backUp({ host });
    for (const _again of [1, 2]) expect(reasonOf(await resize(48))).toBe("");
    await change(vm.diskFile(0), "write -P 2 40M 1M");
    expect(reasonOf(await resize(32))).toContain("cannot be made smaller");
    expect(JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(vm.diskFile(0))))).toMatchObject({
      "virtual-size": 48 * MIB,
    });
    await vm.backUp({ host });
    expect(await vm.restores(0, 0)).toBe(true);
  });
});
