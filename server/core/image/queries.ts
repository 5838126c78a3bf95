import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import type { Page, PageInput } from "../../domain/ids";
import type { ImageRow, ImageType } from "../../domain/image";
import type { ImageState } from "../../domain/states";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { readNames } from "../owners";

/** Images that are not backups, newest first. */
export async function listImages(ctx: Ctx, input: PageInput): Promise<Page<ImageRow>> {
  const where: Prisma.ImageWhereInput = {
    AND: [
      visibleTo(ctx.actor),
      { type: { not: "BACKUP" } },
      input.search === undefined ? {} : { name: containing(input.search) },
    ],
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.image.findMany({
      where,
      orderBy: { id: "desc" },
      skip: input.offset,
      take: input.limit,
      include: { datastore: { select: { name: true } } },
    }),
    ctx.core.db.image.count({ where }),
  ]);
  const names = await readNames(ctx.core.db, rows);
  return {
    total,
    rows: rows.map((row) => ({
      id: row.id,
      name: row.name,
      type: row.type as ImageType, // written only by the core, from the table of types
      state: row.state as ImageState,
      sizeMb: row.sizeMb,
      format: row.format,
      datastoreId: row.datastoreId,
      datastoreName: row.datastore.name,
      ownerName: names.user(row.uid),
      groupName: names.group(row.gid),
      registeredAt: row.registeredAt.getTime(),
      error: row.error,
    })),
  };
}
