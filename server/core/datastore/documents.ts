import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import type { DatastoreType } from "../../domain/datastore";
import type { ImageDiskType } from "../../domain/image";
import { Template } from "../../domain/template";
import type { DatastoreDocument } from "../../domain/xml/datastore";
import { readNames } from "../owners";
import { maskTemplate } from "../secrets";

/** What the documents of some datastores show, secrets masked; constantly many queries. */
export async function readDatastoreDocuments(
  db: Db,
  rows: readonly Prisma.DatastoreModel[],
): Promise<DatastoreDocument[]> {
  const names = await readNames(db, rows);
  const images = await db.image.findMany({
    where: { datastoreId: { in: rows.map((row) => row.id) } },
    orderBy: { id: "asc" },
    select: { id: true, datastoreId: true },
  });
  return rows.map((row) => ({
    ...row,
    userName: names.user(row.uid),
    groupName: names.group(row.gid),
    type: row.type as DatastoreType, // written only by the core
    diskType: row.diskType as ImageDiskType,
    isEnabled: row.enabled,
    imageIds: images.filter((image) => image.datastoreId === row.id).map((image) => image.id),
    template: maskTemplate(parseStored(Template, row.template)),
  }));
}
