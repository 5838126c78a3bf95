import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import type { ImageDiskType, ImageType } from "../../domain/image";
import type { ImageState } from "../../domain/states";
import { Template } from "../../domain/template";
import type { ImageDocument } from "../../domain/xml/image";
import { lockDocument } from "../access/locking";
import { readNames } from "../owners";

/** What the documents of some images show; constantly many queries. */
export async function readImageDocuments(db: Db, images: readonly Prisma.ImageModel[]): Promise<ImageDocument[]> {
  const ids = images.map((image) => image.id);
  const names = await readNames(db, images);
  const datastores = await db.datastore.findMany({
    where: { id: { in: [...new Set(images.map((image) => image.datastoreId))] } },
    select: { id: true, name: true },
  });
  const datastoreNames = new Map(datastores.map((datastore) => [datastore.id, datastore.name]));
  const increments = await db.increment.findMany({
    where: { imageId: { in: ids } },
    orderBy: [{ imageId: "asc" }, { id: "asc" }],
    select: { imageId: true, id: true, type: true, at: true, parentId: true, source: true, sizeMb: true },
  });
  const byImage = new Map<number, typeof increments>();
  for (const increment of increments) {
    const list = byImage.get(increment.imageId) ?? [];
    list.push(increment);
    byImage.set(increment.imageId, list);
  }
  return images.map((image) => ({
    ...image,
    lock: lockDocument(image),
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
    datastoreName: datastoreNames.get(image.datastoreId) ?? "",
    vmIds: image.vmId === null ? [] : [image.vmId],
    template: withJob(parseStored(Template, image.template), image),
    increments: (image.isChain ? (byImage.get(image.id) ?? []) : []).map((increment) => ({
      ...increment,
      type: increment.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
      at: increment.at.getTime(),
    })),
    backupDiskIds: image.backupDisks,
  }));
}

/** BACKUP_JOB_ID and BACKUP_SELECTED_DISKS, as the reference shows them in the template of a backup. */
function withJob(template: Template, image: Prisma.ImageModel): Template {
  return {
    ...template,
    ...(image.backupJobId === null ? {} : { BACKUP_JOB_ID: [String(image.backupJobId)] }),
    ...(image.selectedOnly ? { BACKUP_SELECTED_DISKS: ["YES"] } : {}),
  };
}
