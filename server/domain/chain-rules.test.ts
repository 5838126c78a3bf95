import { describe, expect, it } from "vitest";
import { type BackupConfig, UNCONFIGURED } from "./backup-config";
import { closed, mergeBackupConfig } from "./backup-config-merge";
import { afterAttach, afterDetach, afterDiskRevert, afterResize, afterSystemRevert, nextBackup } from "./chain-rules";
import type { Template } from "./template";

const disk = (id: number, type = "FILE") => ({ DISK_ID: String(id), TYPE: type, FORMAT: "qcow2", SIZE: "8" });
const VM: Template = { DISK: [disk(0), disk(1), disk(2, "fs"), disk(3, "CDROM")] };
const OPEN: BackupConfig = {
  ...UNCONFIGURED,
  configured: true,
  mode: "INCREMENT",
  incrementMode: "CBT",
  incrementalBackupId: 11,
  lastIncrementId: 4,
};
const CLOSED_AS = (closedReason: string) => ({ incrementalBackupId: -1, lastIncrementId: -1, closedReason });
const STAYS = { incrementalBackupId: 11, lastIncrementId: 4, closedReason: null };

describe("what closes a chain (drivers-and-core §3.4)", () => {
  it.each<[string, (config: BackupConfig) => BackupConfig, Partial<BackupConfig>, Partial<BackupConfig>]>([
    ["a disk is attached", (c) => afterAttach(c, VM, 1), {}, CLOSED_AS("disk 1 was attached")],
    ["a disk is attached while DISK_IDS chooses others", (c) => afterAttach(c, VM, 1), { diskIds: [0] }, STAYS],
    ["a volatile disk is attached", (c) => afterAttach(c, VM, 2), {}, STAYS],
    [
      "a volatile disk is attached, BACKUP_VOLATILE",
      (c) => afterAttach(c, VM, 2),
      { backupVolatile: true },
      CLOSED_AS("disk 2 was attached"),
    ],
    ["a CD-ROM is attached", (c) => afterAttach(c, VM, 3), {}, STAYS],
    ["a disk is detached", (c) => afterDetach(c, VM, 1), {}, CLOSED_AS("disk 1 was detached")],
    ["a disk outside DISK_IDS is detached", (c) => afterDetach(c, VM, 1), { diskIds: [0] }, { ...STAYS, diskIds: [0] }],
    [
      "a disk of DISK_IDS is detached, and leaves them",
      (c) => afterDetach(c, VM, 1),
      { diskIds: [0, 1] },
      { ...CLOSED_AS("disk 1 was detached"), diskIds: [0] },
    ],
    [
      "the last disk of DISK_IDS is detached",
      (c) => afterDetach(c, VM, 1),
      { diskIds: [1] },
      { ...CLOSED_AS("disk 1 was detached"), diskIds: [] },
    ],
    [
      "a volatile disk, the only one of DISK_IDS that is left, is detached: all others are in the backup then",
      (c) => afterDetach(c, VM, 2),
      { diskIds: [2] },
      { ...CLOSED_AS("disk 2 was detached"), diskIds: [] },
    ],
    ["a CD-ROM is detached", (c) => afterDetach(c, VM, 3), {}, STAYS],
    ["a disk is put back", (c) => afterDiskRevert(c, 0, "a"), {}, CLOSED_AS("disk 0 was put back to snapshot a")],
    ["the VM is put back", (c) => afterSystemRevert(c, "b"), {}, CLOSED_AS("the VM was put back to snapshot b")],
    ["a disk grows", (c) => afterResize(c, VM, 0), {}, CLOSED_AS("disk 0 was resized")],
    ["a disk that is not backed up grows", (c) => afterResize(c, VM, 2), {}, STAYS],
  ])("%s", (_name, change, config, expected) => {
    expect(change({ ...OPEN, ...config })).toMatchObject(expected);
  });

  it.each<[string, Partial<BackupConfig>, Parameters<typeof mergeBackupConfig>[1], boolean, string | null]>([
    ["MODE to FULL", {}, { mode: "FULL" }, true, "the backup mode was changed"],
    ["MODE again INCREMENT", {}, { mode: "INCREMENT" }, true, null],
    ["increments become impossible", {}, {}, false, "the VM could no longer be backed up in increments"],
    ["DISK_IDS", {}, { diskIds: [0] }, true, "the list of disks to back up was changed"],
    ["BACKUP_VOLATILE", {}, { backupVolatile: true }, true, "the setting for volatile disks was changed"],
    ["KEEP_LAST", {}, { keepLast: 3 }, true, null],
    ["FS_FREEZE", {}, { fsFreeze: "AGENT" }, true, null],
  ])("updateconf: %s", (_name, config, input, canIncrement, reason) => {
    const merged = mergeBackupConfig({ ...OPEN, ...config }, input, {
      append: true,
      canIncrement,
      eligibleDiskIds: [0, 1],
      onImpossible: "error",
    });
    expect(merged.closedReason).toBe(reason);
    expect(merged.incrementalBackupId).toBe(reason === null ? 11 : -1);
    expect(merged.lastIncrementId).toBe(reason === null ? 4 : -1);
  });

  it("a chain that is closed keeps its first reason", () => {
    const config = { ...OPEN, ...closed("disk 7 was attached") };
    expect(afterDetach(config, VM, 1).closedReason).toBe("disk 7 was attached");
    expect(nextBackup(config, true)).toEqual({ type: "FULL", reason: "Disk 7 was attached." });
  });
});

describe("nextBackup", () => {
  it.each<[string, Partial<BackupConfig>, boolean, { type: string; reason: string | null }]>([
    ["open", {}, true, { type: "INCREMENT", reason: null }],
    ["mode Full", { mode: "FULL" }, true, { type: "FULL", reason: "The backup mode is Full." }],
    [
      "never backed up",
      { incrementalBackupId: -1, lastIncrementId: -1 },
      false,
      { type: "FULL", reason: "It is the first backup of this VM." },
    ],
    [
      "nobody said why",
      { incrementalBackupId: -1, lastIncrementId: -1 },
      true,
      { type: "FULL", reason: "No chain is open: the next backup starts one." },
    ],
  ])("%s", (_name, config, hasPoints, expected) =>
    expect(nextBackup({ ...OPEN, ...config }, hasPoints)).toEqual(expected),
  );
});
