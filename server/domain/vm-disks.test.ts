import { describe, expect, it } from "vitest";
import type { Template, TemplateVector } from "./template";
import { canIncrement, effectiveDisks, eligibleDiskIds, estimateMb, isEligible, readDisks } from "./vm-disks";

const qcow2 = (id: number, more: TemplateVector = {}): TemplateVector => ({
  DISK_ID: String(id),
  TYPE: "FILE",
  FORMAT: "qcow2",
  SIZE: "100",
  TM_MAD: "qcow2",
  ...more,
});
const vm = (...disks: TemplateVector[]): Template => ({ DISK: disks });
const ALL = { backupVolatile: false, diskIds: [] };

describe("readDisks", () => {
  it("reads what a DISK says, by id, and leaves out what has no id", () => {
    const template = vm(
      qcow2(2, { TARGET: "vdb", SOURCE: "/x/2", IMAGE_ID: "7", FORMAT: "QCOW2" }),
      { DISK_ID: "x", SIZE: "5" },
      { TYPE: "fs", DISK_ID: "1", SIZE: "bad", FORMAT: "raw" },
      qcow2(2, { SIZE: "999" }),
    );
    expect(readDisks({ ...template, CPU: ["1"] })).toEqual([
      expect.objectContaining({ diskId: 1, type: "FS", isVolatile: true, sizeMb: 0, imageId: null, tmMad: "" }),
      expect.objectContaining({
        diskId: 2,
        target: "vdb",
        type: "FILE",
        format: "qcow2",
        sizeMb: 100,
        source: "/x/2",
        imageId: 7,
        isVolatile: false,
        tmMad: "qcow2",
      }),
    ]);
    expect(readDisks({})).toEqual([]);
  });
});

describe("isEligible", () => {
  it.each([
    ["FILE", true, true],
    ["", true, true],
    ["BLOCK", true, true],
    ["RBD", true, true],
    ["FS", false, true],
    ["fs", false, true],
    ["SWAP", false, false],
    ["swap", false, false],
    ["CDROM", false, false],
    ["RBD_CDROM", false, false],
    ["FILESYSTEM", false, false],
  ])("type %j", (type, without, withVolatile) => {
    expect(isEligible({ type }, { backupVolatile: false })).toBe(without);
    expect(isEligible({ type }, { backupVolatile: true })).toBe(withVolatile);
  });
});

describe("effectiveDisks and estimateMb", () => {
  const template = vm(
    qcow2(0),
    qcow2(1, { SIZE: "10" }),
    { DISK_ID: "2", TYPE: "swap", SIZE: "1" },
    { DISK_ID: "3", TYPE: "fs", SIZE: "20", FORMAT: "qcow2" },
    { DISK_ID: "4", TYPE: "CDROM", SIZE: "300", FORMAT: "raw" },
    qcow2(5, { FORMAT: "raw", SIZE: "1000" }),
  );

  it.each([
    ["all", ALL, [0, 1, 5], 1110],
    ["volatile too", { backupVolatile: true, diskIds: [] }, [0, 1, 3, 5], 1130],
    ["a list", { backupVolatile: false, diskIds: [1, 2, 3] }, [1], 10],
    ["a list with volatile", { backupVolatile: true, diskIds: [1, 3] }, [1, 3], 30],
  ])("%s", (_name, config, ids, mb) => {
    expect(effectiveDisks(template, config).flatMap((disk) => (disk.isIncluded ? [disk.diskId] : []))).toEqual(ids);
    expect(estimateMb(template, config)).toBe(mb);
  });

  it("says why", () => {
    const config = { backupVolatile: false, diskIds: [0, 5] };
    expect(effectiveDisks(template, config, { tmMad: "ssh" }).map((disk) => disk.reason)).toEqual([
      null,
      "Not in the list of disks to back up.",
      "Swap disks are never backed up.",
      "Volatile disks are left out by the backup settings.",
      "CD-ROMs are never backed up.",
      "Disk 5 has format raw, not qcow2: full backups only.",
    ]);
  });

  it("lists what DISK_IDS may name", () => {
    expect(eligibleDiskIds(template, { backupVolatile: false })).toEqual([0, 1, 5]);
    expect(eligibleDiskIds(template, { backupVolatile: true })).toEqual([0, 1, 3, 5]);
  });
});

describe("canIncrement", () => {
  const options = { tmMad: "qcow2", hasSystemSnapshots: false };
  it.each<[string, Template, { backupVolatile: boolean }, Partial<typeof options>, "snapshots" | number | "ok"]>([
    ["all qcow2", vm(qcow2(0), qcow2(1)), ALL, {}, "ok"],
    ["no disks", {}, ALL, {}, "ok"],
    ["system snapshots", vm(qcow2(0)), ALL, { hasSystemSnapshots: true }, "snapshots"],
    ["disk snapshots", vm(qcow2(0), qcow2(1, { DISK_SNAPSHOT_TOTAL_SIZE: "1" })), ALL, {}, 1],
    ["raw on a file driver", vm(qcow2(0, { FORMAT: "RAW" })), ALL, {}, 0],
    [
      "raw on the system datastore's file driver",
      vm(qcow2(0, { FORMAT: "raw", TM_MAD: "" })),
      ALL,
      { tmMad: "ssh" },
      0,
    ],
    ["raw on ceph", vm(qcow2(0, { FORMAT: "raw", TM_MAD: "ceph" })), ALL, {}, "ok"],
    ["no format", vm(qcow2(3, { FORMAT: "" })), ALL, {}, 3],
    ["LVM without thin", vm(qcow2(0, { FORMAT: "raw", TM_MAD: "fs_lvm" })), ALL, {}, 0],
    ["LVM thin", vm(qcow2(0, { FORMAT: "raw", TM_MAD: "fs_lvm_ssh", LVM_THIN_ENABLE: "YES" })), ALL, {}, "ok"],
    ["swap is skipped", vm(qcow2(0), { DISK_ID: "1", TYPE: "swap", FORMAT: "raw" }), ALL, {}, "ok"],
    ["a CD-ROM is skipped on purpose", vm(qcow2(0), { DISK_ID: "1", TYPE: "CDROM", FORMAT: "raw" }), ALL, {}, "ok"],
    ["volatile left out", vm(qcow2(0), { DISK_ID: "1", TYPE: "fs", FORMAT: "raw" }), ALL, {}, "ok"],
    ["volatile included", vm(qcow2(0), { DISK_ID: "1", TYPE: "fs", FORMAT: "raw" }), { backupVolatile: true }, {}, 1],
  ])("%s", (_name, template, config, more, expected) => {
    const result = canIncrement(template, config, { ...options, ...more });
    if (expected === "ok") expect(result).toEqual({ ok: true });
    else if (expected === "snapshots") expect(result).toMatchObject({ ok: false, reason: "snapshots", diskId: null });
    else expect(result).toMatchObject({ ok: false, reason: "disks", diskId: expected });
  });

  it("takes disk snapshots from outside too", () => {
    const result = canIncrement(vm(qcow2(0)), ALL, { ...options, snapshotDiskIds: [0] });
    expect(result).toMatchObject({ ok: false, text: "Disk 0 has disk snapshots. Delete them to back up increments." });
  });
});
