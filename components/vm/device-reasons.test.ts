import { describe, expect, it } from "vitest";
import { UNCONFIGURED } from "@/server/domain/backup-config";
import {
  attachReason,
  type DeviceVm,
  detachReason,
  diskRevertReason,
  diskSnapshotReason,
  resizeReason,
  systemSnapshotReason,
} from "./device-reasons";

const MAY = { may: true, right: "MANAGE" } as const;
const VM: DeviceVm & { disks: never[] } = {
  id: 7,
  state: "POWEROFF",
  operations: { "disk-attach": MAY, "disk-resize": MAY, "disk-snapshot": MAY, snapshot: MAY },
  backupConfig: UNCONFIGURED,
  snapshots: { disks: [], system: [] },
  operationActionId: null,
  disks: [],
};
const DISK = { diskId: 0, type: "FILE", format: "qcow2" };
const SNAPSHOT = { id: 0, name: "a", at: 0, parentId: -1, sizeMb: 8 };
const TAKEN = { disks: [{ diskId: 0, currentBase: 0, nextId: 1, snapshots: [SNAPSHOT] }], system: [] };
const INCREMENT = { ...UNCONFIGURED, mode: "INCREMENT" as const };

describe("why not", () => {
  it("nothing is in the way of a powered-off VM of one's own, but what needs it running", () => {
    expect(attachReason(VM)).toBeNull();
    expect(detachReason(VM, DISK)).toBeNull();
    expect(resizeReason(VM, DISK)).toBeNull();
    expect(diskSnapshotReason(VM, DISK)).toBeNull();
    expect(diskRevertReason(VM)).toBeNull();
    expect(systemSnapshotReason(VM)).toBe("The VM is POWEROFF; it must be running.");
  });

  it.each<[string, string | null, RegExp]>([
    [
      "a missing right",
      attachReason({ ...VM, operations: { ...VM.operations, "disk-attach": { may: false, right: "ADMIN" } } }),
      /ADMIN right on VM 7/,
    ],
    ["a backup", attachReason({ ...VM, state: "BACKUP_POWEROFF" }), /A backup of this VM/],
    [
      "another run",
      attachReason({ ...VM, state: "HOTPLUG_PROLOG_POWEROFF", operationActionId: 12 }),
      /Run 12 is changing/,
    ],
    ["snapshots, for detach", detachReason({ ...VM, snapshots: TAKEN }, DISK), /has snapshots/],
    ["snapshots, for resize", resizeReason({ ...VM, snapshots: TAKEN }, DISK), /Delete them first/],
    ["a guest that runs, for resize", resizeReason({ ...VM, state: "RUNNING" }, DISK), /must be powered off/],
    ["a guest that runs, for revert", diskRevertReason({ ...VM, state: "RUNNING" }), /must be powered off/],
    ["increments, for a disk", diskSnapshotReason({ ...VM, backupConfig: INCREMENT }, DISK), /break each other/],
    [
      "increments, for the VM",
      systemSnapshotReason({ ...VM, state: "RUNNING", backupConfig: INCREMENT }),
      /break each other/,
    ],
    ["a raw disk", diskSnapshotReason(VM, { ...DISK, format: "raw" }), /Only qcow2/],
    ["a CD-ROM", resizeReason(VM, { ...DISK, type: "CDROM" }), /CD-ROM/],
  ])("%s", (_name, reason, expected) => expect(reason).toMatch(expected));
});
