import { DriverError } from "../../action";
import { parseXml } from "../../xml";

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
    parentId: mode === "INCREMENT" && /^\d{1,9}$/.test(last) ? Number(last) : -1,
    disks,
  };
}

/** Name of the dirty bitmap that records the changes after an increment. */
export function bitmapName(vmId: number, incrementId: number): string {
  return `one-${vmId}-${incrementId}`;
}

/** Bitmaps of ours on a disk of this VM; all others belong to somebody else and stay. */
export function isOurBitmap(name: string, vmId: number): boolean {
  return new RegExp(`^one-${vmId}-\\d{1,9}$`).test(name);
}
