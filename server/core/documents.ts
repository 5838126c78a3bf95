import type { Prisma } from "../db/client";
import type { Db } from "../db/tx";
import type { DatastoreType } from "../domain/datastore";
import type { ImageDiskType, ImageType } from "../domain/image";
import type { ImageState, VmState } from "../domain/states";
import { Template, text } from "../domain/template";
import { builtDocument } from "../domain/xml/builder";
import { datastoreXml as datastoreElement } from "../domain/xml/datastore";
import { driverData, extraData, statImage } from "../domain/xml/driver-data";
import { imageXml as imageElement } from "../domain/xml/image";
import { vmXml as vmElement } from "../domain/xml/vm";
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
    backupIds: backups.map((image) => image.id),
  }).xml;
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
    template: Template.parse(row.template),
  }).xml;
}

/** The `<IMAGE>` document with its increments. */
export async function imageXml(db: Db, image: Prisma.ImageModel): Promise<string> {
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
    template: Template.parse(image.template),
    increments: (image.isChain ? increments : []).map((increment) => ({
      ...increment,
      type: increment.type === "FULL" ? "FULL" : "INCREMENT",
      at: increment.at.getTime(),
    })),
    backupDiskIds: image.backupDisks,
  }).xml;
}

/** A backup image that was never registered: what `rm` needs to remove an upload that nobody will record. */
export function orphanXml(orphan: { vmId: number; backupId: string; datastoreId: number; at: number }): string {
  return imageElement({
    id: -1,
    uid: 0,
    gid: 0,
    userName: "",
    groupName: "",
    name: "unrecorded backup",
    permissions: 0,
    type: "BACKUP",
    diskType: "FILE",
    isPersistent: true,
    registeredAt: orphan.at,
    modifiedAt: orphan.at,
    source: orphan.backupId,
    path: "",
    format: "raw",
    fs: "",
    sizeMb: 0,
    state: "DELETE",
    prevState: "DELETE",
    runningVms: 1,
    cloningId: -1,
    datastoreId: orphan.datastoreId,
    datastoreName: "",
    vmIds: [orphan.vmId],
    template: {},
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
