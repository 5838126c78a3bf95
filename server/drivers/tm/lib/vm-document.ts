import { DriverError } from "../../action";
import { parseXml } from "../../xml";
import type { FreezeMethod } from "./freeze";

const FREEZE_METHODS = ["NONE", "AGENT", "SUSPEND"] as const;

export interface DocumentDisk {
  /** Lower case. */
  format: string;
  /** Upper case DISK/TYPE. */
  type: string;
}

/** What a pre-backup needs of the VM document. */
export interface VmDocument {
  vmId: number;
  mode: "FULL" | "INCREMENT";
  isSnapshotMode: boolean;
  /** Last increment of the open chain, -1: take a full. Always -1 in FULL mode. */
  parentId: number;
  /** Stored backup of the parent; null: a full, or the core does not say. */
  parentBackupId: string | null;
  /** How the guest is kept still while the backup of a running VM begins. */
  fsFreeze: FreezeMethod;
  disks: ReadonlyMap<number, DocumentDisk>;
}

/** Throws DriverError when the document cannot be read or is not a VM. */
export function readVmDocument(xml: string): VmDocument {
  const vm = parseXml(xml);
  if (vm.name !== "VM" || !/^\d{1,9}$/.test(vm.text("ID")))
    throw new DriverError("The document is not a VM with an ID.");
  const config = "BACKUPS/BACKUP_CONFIG";
  // Anything but INCREMENT means FULL, as in the reference.
  const mode = vm.text(`${config}/MODE`).toUpperCase() === "INCREMENT" ? "INCREMENT" : "FULL";
  const last = vm.text(`${config}/LAST_INCREMENT_ID`);
  const parentId = mode === "INCREMENT" && /^\d{1,9}$/.test(last) ? Number(last) : -1;
  const lastBackupId = parentId < 0 ? "" : vm.text(`${config}/LAST_BACKUP_ID`);
  if (lastBackupId !== "" && !/^[0-9a-f]{6,64}$/.test(lastBackupId)) {
    throw new DriverError("LAST_BACKUP_ID is not the id of a backup (6 to 64 hexadecimal digits).");
  }
  const disks = new Map<number, DocumentDisk>();
  for (const disk of vm.all("TEMPLATE/DISK")) {
    const id = disk.text("DISK_ID");
    if (!/^\d{1,6}$/.test(id)) continue;
    const format = (disk.text("FORMAT") || disk.text("DRIVER")).toLowerCase();
    disks.set(Number(id), { format, type: disk.text("TYPE").toUpperCase() });
  }
  return {
    vmId: Number(vm.text("ID")),
    mode,
    isSnapshotMode: mode === "INCREMENT" && vm.text(`${config}/INCREMENT_MODE`).toUpperCase() === "SNAPSHOT",
    parentId,
    parentBackupId: lastBackupId === "" ? null : lastBackupId,
    fsFreeze: FREEZE_METHODS.find((method) => method === vm.text(`${config}/FS_FREEZE`).toUpperCase()) ?? "NONE",
    disks,
  };
}

/** Name of the dirty bitmap that records the changes after an increment. */
export function bitmapName(vmId: number, incrementId: number): string {
  return `one-${vmId}-${incrementId}`;
}

/**
 * Name of the mark: an empty, disabled bitmap that says which backup the bitmap beside it belongs to. The name of that one
 * says only the number, which another chain, a failed try or an old copy of the disk has as well.
 */
export function markName(vmId: number, incrementId: number, backupId: string): string {
  return `${bitmapName(vmId, incrementId)}.${backupId}`;
}

/** Bitmaps and marks of ours on a disk of this VM; all others belong to somebody else and stay. */
export function isOurBitmap(name: string, vmId: number): boolean {
  return new RegExp(`^one-${vmId}-\\d{1,9}(\\.[0-9a-f]{6,64})?$`).test(name);
}
