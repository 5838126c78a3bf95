/** The disks of a VM document that are images in Ceph. */

import { DriverError } from "../../../action";
import { type CephAccess, checkName, parseSource, type RbdImage, readAccess, sourceOf } from "../../../ceph/rbd";
import { parseXml, type XmlElement } from "../../../xml";

export interface RbdDisk {
  diskId: number;
  image: RbdImage;
  /** False: the image is the disk itself and outlives the VM. */
  isOwn: boolean;
}

/**
 * Ceph disk of a DISK vector: `<SOURCE>` with CLONE=NO or PERSISTENT=YES, `<SOURCE>-<vm>-<disk>` of a clone, `<pool>/one-sys-<vm>-<disk>`
 * of a volatile disk (drivers-and-core §6.3). Null: the disk is none.
 */
function toDisk(vmId: number, disk: XmlElement): RbdDisk | null {
  const id = disk.text("DISK_ID");
  const type = disk.text("TYPE").toUpperCase();
  if (!/^\d{1,6}$/.test(id) || type === "RBD_CDROM" || type === "CDROM") return null;
  const diskId = Number(id);
  const access = readAccess(disk);
  if (type === "FS" || type === "SWAP") {
    if (disk.text("POOL_NAME") === "") return null;
    return { diskId, image: volatileImage(access, disk.text("POOL_NAME"), vmId, diskId), isOwn: true };
  }
  if (type !== "RBD") return null;
  const source = parseSource(access, disk.text("SOURCE"));
  const isPersistent = disk.text("CLONE").toUpperCase() === "NO" || disk.text("PERSISTENT").toUpperCase() === "YES";
  if (isPersistent) return { diskId, image: source, isOwn: false };
  return { diskId, image: cloneOf(source, vmId, diskId), isOwn: true };
}

export function cloneOf(source: RbdImage, vmId: number, diskId: number): RbdImage {
  return parseSource(source.access, `${sourceOf(source)}-${vmId}-${diskId}`);
}

export function volatileImage(access: CephAccess, pool: string, vmId: number, diskId: number): RbdImage {
  return { access, pool: checkName("POOL_NAME", pool), name: `one-sys-${vmId}-${diskId}` };
}

/** The DISK vectors of a VM document by id; empty for an empty document. */
export function diskVectors(xml: string, vmId: number): Map<number, XmlElement> {
  if (xml === "") return new Map();
  const vm = parseXml(xml);
  if (vm.name !== "VM" || vm.text("ID") !== String(vmId)) throw new DriverError(`The document is not of VM ${vmId}.`);
  return new Map(vm.all("TEMPLATE/DISK").map((disk) => [Number(disk.text("DISK_ID")), disk]));
}

/** All disks of the VM that are in Ceph. */
export function rbdDisks(xml: string, vmId: number): RbdDisk[] {
  return [...diskVectors(xml, vmId).values()].flatMap((disk) => toDisk(vmId, disk) ?? []);
}

/** The disks to back up, or a DriverError naming the one that is not in Ceph. */
export function chosenDisks(xml: string, vmId: number, diskIds: readonly number[]): RbdDisk[] {
  const all = rbdDisks(xml, vmId);
  return diskIds.map((id) => {
    const disk = all.find((each) => each.diskId === id);
    if (disk === undefined) throw new DriverError(`Disk ${id} is not an image in Ceph: this driver cannot back it up.`);
    return disk;
  });
}
