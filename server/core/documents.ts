import type { Prisma } from "../db/client";
import { parseStored } from "../db/stored";
import type { Db } from "../db/tx";
import type { DatastoreType } from "../domain/datastore";
import type { DiskSnapshots } from "../domain/disk-snapshots";
import type { ImageDiskType, ImageType } from "../domain/image";
import type { ImageState, VmState } from "../domain/states";
import { Template, text } from "../domain/template";
import { builtDocument } from "../domain/xml/builder";
import { datastoreXml as datastoreElement } from "../domain/xml/datastore";
import { driverData, extraData, statImage } from "../domain/xml/driver-data";
import { imageXml as imageElement } from "../domain/xml/image";
import { type DiskSnapshotsDocument, vmXml as vmElement } from "../domain/xml/vm";
import { readNames } from "./owners";
import type { ParsedVm } from "./vm/rows";

/** OpenNebula documents of rows, as drivers read them. */

/** The `<VM>` document as it is now. */
export async function vmXml(db: Db, vm: ParsedVm): Promise<string> {
  const names = await readNames(db, [vm]);
  const history = await db.vmHistory.findMany({ where: { vmId: vm.id }, orderBy: { seq: "asc" } });
  const backups = await db.image.findMany({
    where: { type: "BACKUP", vmId: vm.id },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  const system = await db.datastore.findUnique({ where: { id: vm.systemDatastoreId }, select: { tmMad: true } });
  return vmElement({
    ...vm,
    userName: names.user(vm.uid),
    groupName: names.group(vm.gid),
    state: vm.state as VmState, // written only by transitionVm
    prevState: vm.prevState as VmState,
    startedAt: vm.startedAt.getTime(),
    endedAt: vm.endedAt?.getTime() ?? null,
    tmMadSystem: text(vm.template, "TM_MAD_SYSTEM") ?? system?.tmMad ?? "ssh",
    history: history.map((record) => ({
      ...record,
      startedAt: record.startedAt.getTime(),
      endedAt: record.endedAt?.getTime() ?? null,
    })),
    diskSnapshots: vm.diskSnapshots.filter((disk) => disk.snapshots.length > 0).map(snapshotsDocument),
    backupIds: backups.map((image) => image.id),
  }).xml;
}

/** VM/SNAPSHOTS of a disk. Any snapshot may be deleted (ALLOW_ORPHANS): ours hold whole states. */
export function snapshotsDocument(disk: DiskSnapshots): DiskSnapshotsDocument {
  return {
    diskId: disk.diskId,
    allowOrphans: "YES",
    currentBase: disk.currentBase,
    nextSnapshot: disk.nextId,
    snapshots: disk.snapshots.map((snapshot) => ({
      ...snapshot,
      isActive: snapshot.id === disk.currentBase,
      children: disk.snapshots.filter((other) => other.parentId === snapshot.id).map((other) => other.id),
    })),
  };
}

/** A VM document for a post-backup after a failure: it says so as OpenNebula does. */
export function failedBackupXml(vmDocument: string): string {
  return vmDocument.replace(/<\/VM>\s*$/, "<BACKUP_RESULT>FAILURE</BACKUP_RESULT></VM>");
}

type DatastoreFields = Pick<
  Prisma.DatastoreModel,
  | "id"
  | "uid"
  | "gid"
  | "name"
  | "permissions"
  | "type"
  | "dsMad"
  | "tmMad"
  | "diskType"
  | "basePath"
  | "enabled"
  | "totalMb"
  | "freeMb"
  | "usedMb"
> & { template: unknown };

/** The `<DATASTORE>` document of a driver call; owners' names and the image list are of no use there. */
export function datastoreXml(row: DatastoreFields): string {
  return datastoreElement({
    ...row,
    userName: "",
    groupName: "",
    type: row.type as DatastoreType, // written only by the core
    diskType: row.diskType as ImageDiskType,
    isEnabled: row.enabled,
    imageIds: [],
    template: parseStored(Template, row.template),
  }).xml;
}

/** The `<IMAGE>` document with its increments, or with those of `sources` only. */
export async function imageXml(db: Db, image: Prisma.ImageModel, sources?: readonly PastIncrement[]): Promise<string> {
  const names = await readNames(db, [image]);
  const datastore = await db.datastore.findUnique({ where: { id: image.datastoreId }, select: { name: true } });
  const increments = await db.increment.findMany({
    where: { imageId: image.id },
    orderBy: { id: "asc" },
    select: { id: true, type: true, at: true, parentId: true, source: true, sizeMb: true },
  });
  return imageElement({
    ...image,
    userName: names.user(image.uid),
    groupName: names.group(image.gid),
    type: image.type as ImageType, // written only by the core
    diskType: image.diskType as ImageDiskType,
    isPersistent: image.persistent,
    registeredAt: image.registeredAt.getTime(),
    modifiedAt: image.modifiedAt.getTime(),
    state: image.state as ImageState,
    prevState: image.prevState as ImageState,
    runningVms: image.type === "BACKUP" ? 1 : 0,
    datastoreName: datastore?.name ?? "",
    vmIds: image.vmId === null ? [] : [image.vmId],
    template: parseStored(Template, image.template),
    increments: (image.isChain ? (sources ?? increments) : []).map((increment) => ({
      ...increment,
      type: increment.type === "FULL" ? "FULL" : "INCREMENT",
      at: increment.at.getTime(),
    })),
    backupDiskIds: image.backupDisks,
  }).xml;
}

/**
 * A datastore and an image that exist only for one `cp` into a folder of this node: what a boot check restores is not in
 * the inventory and goes when it is over.
 */
export function scratchDocument(scratch: { folder: string; diskId: number; url: string; backup: string }): string {
  const datastore = datastoreXml({
    id: 0,
    uid: 0,
    gid: 0,
    name: "scratch",
    permissions: 0,
    type: "IMAGE",
    dsMad: "fs",
    tmMad: "ssh",
    diskType: "FILE",
    basePath: scratch.folder,
    enabled: true,
    totalMb: 0,
    freeMb: 0,
    usedMb: 0,
    template: {},
  });
  const image = unregisteredXml({
    id: scratch.diskId,
    name: "scratch",
    type: "OS",
    format: "qcow2",
    path: scratch.url,
    state: "LOCKED",
    datastoreId: 0,
  });
  return driverDocument({ image, datastore, extraDatastore: scratch.backup });
}

/** An increment as it was before a merge. */
export interface PastIncrement {
  id: number;
  type: string;
  at: Date;
  parentId: number;
  source: string;
  sizeMb: number;
}

/** A backup image that was never registered: what `rm` needs to remove an upload that nobody will record. */
export function orphanXml(orphan: {
  vmId: number;
  backupId: string;
  /** Whose repository it is in, when it is not that of the VM. */
  jobId?: number | undefined;
  datastoreId: number;
  at: number;
}): string {
  return unregisteredXml({
    id: -1,
    name: "unrecorded backup",
    type: "BACKUP",
    format: "raw",
    source: orphan.backupId,
    state: "DELETE",
    datastoreId: orphan.datastoreId,
    vmIds: [orphan.vmId],
    at: orphan.at,
    template: orphan.jobId === undefined ? {} : { BACKUP_JOB_ID: [String(orphan.jobId)] },
  });
}

function unregisteredXml(image: {
  id: number;
  name: string;
  type: ImageType;
  format: string;
  source?: string;
  path?: string;
  state: ImageState;
  datastoreId: number;
  vmIds?: readonly number[];
  /** Epoch ms. */
  at?: number;
  template?: Template;
}): string {
  const { at = 0, source = "", path = "", vmIds = [], template = {}, ...given } = image;
  return imageElement({
    ...given,
    source,
    path,
    vmIds,
    uid: 0,
    gid: 0,
    userName: "",
    groupName: "",
    permissions: 0,
    diskType: "FILE",
    isPersistent: true,
    registeredAt: at,
    modifiedAt: at,
    fs: "",
    sizeMb: 0,
    prevState: image.state,
    runningVms: vmIds.length,
    cloningId: -1,
    datastoreName: "",
    template,
    increments: [],
    backupDiskIds: [],
  }).xml;
}

/** `DS_DRIVER_ACTION_DATA` with the parts of docs/drivers.md, each a document built above. */
export function driverDocument(parts: {
  image?: string;
  datastore: string;
  vm?: string;
  /** Text elements of EXTRA_DATA. */
  extra?: Record<string, string>;
  /** A second datastore in EXTRA_DATA: the backup datastore that `cp` reads from. */
  extraDatastore?: string;
}): string {
  const datastore = builtDocument(parts.datastore);
  const image = parts.image === undefined ? [] : [builtDocument(parts.image)];
  const vm = parts.vm === undefined ? [] : [builtDocument(parts.vm)];
  const extra = [
    ...(parts.extra === undefined ? [] : [extraData(parts.extra)]),
    ...(parts.extraDatastore === undefined ? [] : [extraData(builtDocument(parts.extraDatastore))]),
  ];
  // `backup` and `ls` want DATASTORE, VM, IMAGE; all others IMAGE before DATASTORE.
  return driverData(...(vm.length === 0 ? [...image, datastore] : [datastore, ...vm, ...image]), ...extra).xml;
}

/** The short document of `stat`. */
export function statDocument(path: string, datastore: string): string {
  return driverData(statImage(path), builtDocument(datastore)).xml;
}
