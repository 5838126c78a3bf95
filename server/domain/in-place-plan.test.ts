import { describe, expect, test } from "vitest";
import { UNCONFIGURED } from "./backup-config";
import { InPlaceRequest } from "./in-place";
import { type InPlaceInput, planInPlace, restoredVm } from "./in-place-plan";
import type { PlanPoint } from "./restore-plan-input";

const MIB = 1024 * 1024;

function point(incrementId: number, disks: Record<number, number>, change: Partial<PlanPoint> = {}): PlanPoint {
  return {
    incrementId,
    parentId: incrementId - 1,
    type: incrementId === 0 ? "FULL" : "INCREMENT",
    at: 1_000 * incrementId,
    source: `a${incrementId}`,
    verification: "checksummed",
    diskIds: Object.keys(disks).map(Number),
    broken: null,
    manifest: {
      version: 1,
      vmId: 7,
      backupId: "abcdef",
      incrementId,
      type: incrementId === 0 ? "FULL" : "INCREMENT",
      parentId: incrementId - 1,
      createdAt: "2026-01-01T00:00:00Z",
      tool: "test",
      vmXmlSha256: "0".repeat(64),
      disks: Object.entries(disks).map(([id, bytes]) => ({
        id: Number(id),
        file: `disk.${id}.${incrementId}`,
        bytes,
        sha256: "0".repeat(64),
        virtualSize: 100 * MIB,
        bitmap: null,
      })),
    },
    ...change,
  };
}

const disk = (id: number, more: Record<string, string> = {}) => ({
  DISK_ID: String(id),
  TYPE: "FILE",
  FORMAT: "qcow2",
  SIZE: "100",
  TARGET: `vd${"abc"[id] ?? "z"}`,
  ...more,
});

interface Change extends Partial<Omit<InPlaceInput, "request" | "vm">> {
  request?: object;
  vm?: Partial<InPlaceInput["vm"]>;
}

function input(change: Change = {}): InPlaceInput {
  const { request, vm, ...rest } = change;
  return {
    chain: { imageId: 5, vmId: 7, points: [point(0, { 0: 40 * MIB, 1: 10 * MIB }), point(1, { 0: MIB, 1: MIB })] },
    system: { name: "system", freeMb: 1_000, isMeasured: true },
    imageNames: new Map([[3, "data"]]),
    safety: { problem: null, datastoreName: "store", isIncrement: true, estimateBytes: 200 * MIB },
    may: { restoreVm: true, restoreRight: "ADMIN" },
    ...rest,
    request: InPlaceRequest.parse({ vmId: 7, imageId: 5, ...request }),
    vm: {
      id: 7,
      name: "db-01",
      state: "POWEROFF",
      template: { DISK: [disk(0), disk(1)] },
      backupConfig: { ...UNCONFIGURED, mode: "INCREMENT", incrementalBackupId: 5, lastIncrementId: 1 },
      diskSnapshots: [],
      hostName: "host-1",
      dir: "/ds/0/7",
      ...vm,
    },
  };
}

const levelOf = (change: Change, id: string) => planInPlace(input(change)).checks.find((check) => check.id === id);

describe("planInPlace", () => {
  test("says what is read, overwritten and closed, in the order in which it is done", () => {
    const plan = planInPlace(input());
    expect(plan).toMatchObject({
      incrementId: 1,
      closedChain: 5,
      totalBytesToRead: 52 * MIB,
      totalVirtualSize: 200 * MIB,
      untouched: [],
      isRunnable: true,
    });
    expect(plan.disks.map(({ diskId, path, bytesToRead }) => [diskId, path, bytesToRead])).toEqual([
      [0, "/ds/0/7/disk.0", 41 * MIB],
      [1, "/ds/0/7/disk.1", 11 * MIB],
    ]);
    expect(plan.steps.map((step) => step.id)).toEqual(["safety", "disk-0", "disk-1", "swap", "chain"]);
  });

  test("one disk: the other is named as untouched", () => {
    const plan = planInPlace(input({ request: { diskId: 1, incrementId: 0 } }));
    expect(plan.disks.map((each) => each.diskId)).toEqual([1]);
    expect(plan.untouched).toEqual([{ diskId: 0, why: "Not asked for." }]);
    expect(plan.totalBytesToRead).toBe(10 * MIB);
  });

  test("a file that was registered and a persistent image are overwritten where they are", () => {
    const registered = { PERSISTENT: "YES", SOURCE: "/srv/a.qcow2" };
    const image = { PERSISTENT: "YES", SOURCE: "/ds/1/abc", IMAGE_ID: "3" };
    const plan = planInPlace(input({ vm: { template: { DISK: [disk(0, registered), disk(1, image)] } } }));
    expect(plan.disks.map((each) => [each.path, each.persistentImage])).toEqual([
      ["/srv/a.qcow2", null],
      ["/ds/1/abc", { id: 3, name: "data" }],
    ]);
  });

  test("every snapshot of a replaced disk, and those of the VM, are named as lost; others are not", () => {
    const snapshots = (diskId: number, name: string) => ({
      diskId,
      currentBase: 0,
      nextId: 1,
      snapshots: [{ id: 0, name, at: 9, parentId: -1, sizeMb: 100 }],
    });
    const template = { DISK: [disk(0), disk(1)], SNAPSHOT: [{ SNAPSHOT_ID: "0", NAME: "both", TIME: "1" }] };
    const vm = { template, diskSnapshots: [snapshots(0, "zero"), snapshots(1, "one")] };
    const plan = planInPlace(input({ request: { diskId: 1 }, vm }));
    expect(plan.lostSnapshots).toEqual([
      { diskId: null, name: "both", at: 1_000 },
      { diskId: 1, name: "one", at: 9 },
    ]);
    const after = restoredVm(vm, new Map([[1, 64]]));
    expect(after.template["SNAPSHOT"]).toBeUndefined();
    expect(after.template["DISK"]).toMatchObject([{ SIZE: "100" }, { SIZE: "64" }]);
    expect(after.diskSnapshots).toEqual([
      snapshots(0, "zero"),
      { ...snapshots(1, "one"), currentBase: -1, snapshots: [] },
    ]);
  });

  test.each<[string, Change, string, string]>([
    ["a VM that runs", { vm: { state: "RUNNING" } }, "state", "Power it off first"],
    ["a backup of another VM", { chain: { imageId: 5, vmId: 8, points: [point(0, { 0: 1 })] } }, "state", "of VM 8"],
    [
      "a flatten that runs",
      { vm: { backupConfig: { ...UNCONFIGURED, activeFlatten: true } } },
      "state",
      "consolidating",
    ],
    ["no right", { may: { restoreVm: false, restoreRight: "ADMIN" } }, "permissions", "ADMIN right on VM 7"],
    [
      "a disk that was detached",
      { request: { diskId: 1 }, vm: { template: { DISK: [disk(0)] } } },
      "disks",
      "no longer has disk 1",
    ],
    ["none of the disks", { vm: { template: { DISK: [disk(5)] } } }, "disks", "none of the disks"],
    ["a disk that is no file", { vm: { template: { DISK: [disk(0, { FORMAT: "rbd" })] } } }, "disks", "no disk file"],
    [
      "a disk in Ceph",
      { vm: { template: { DISK: [disk(0, { TYPE: "RBD", FORMAT: "raw", TM_MAD: "ceph" })] } } },
      "disks",
      "no disk file",
    ],
    ["too little space", { system: { name: "system", freeMb: 51, isMeasured: true } }, "capacity", "51 MiB are free"],
    ["no safety point possible", { safety: { problem: "The store is full." } }, "safety", "The store is full."],
    [
      "a broken point",
      { chain: { imageId: 5, vmId: 7, points: [point(0, { 0: 1 }, { broken: "gone" })] } },
      "point",
      "gone",
    ],
  ])("%s stops it", (_what, change, id, text) => {
    const plan = planInPlace(input(change));
    expect(plan.isRunnable).toBe(false);
    expect(plan.checks.find((check) => check.id === id)).toMatchObject({
      level: "error",
      text: expect.stringContaining(text),
    });
  });

  test.each<[string, Change, string, string]>([
    ["a detached disk of several", { vm: { template: { DISK: [disk(0)] } } }, "disks", "no longer has disk 1"],
    [
      "a disk that grew",
      { vm: { template: { DISK: [disk(0, { SIZE: "300" }), disk(1)] } } },
      "size",
      "from 300 MiB to 100 MiB",
    ],
    ["no safety point wanted", { safety: null }, "safety", "lost for good"],
    [
      "a disk outside the backups",
      { vm: { backupConfig: { ...UNCONFIGURED, diskIds: [0] } } },
      "safety",
      "does not hold disk 1",
    ],
  ])("%s is a warning", (_what, change, id, text) => {
    expect(levelOf(change, id)).toMatchObject({ level: "warning", text: expect.stringContaining(text) });
    expect(planInPlace(input(change)).isRunnable).toBe(true);
  });

  test("a point without manifests: nobody knows what is read, and the size is the present one", () => {
    const chain = { imageId: 5, vmId: 7, points: [point(0, { 0: 1 }, { manifest: null })] };
    const plan = planInPlace(input({ chain }));
    expect(plan.totalBytesToRead).toBeNull();
    expect(plan.disks).toMatchObject([{ diskId: 0, virtualSize: 100 * MIB, chainLength: 1 }]);
  });

  test("a disk that the point does not hold makes no plan", () => {
    expect(() => planInPlace(input({ request: { diskId: 4 } }))).toThrow("disk 4");
    expect(() => planInPlace(input({ request: { incrementId: 9 } }))).toThrow("no increment 9");
  });
});
