import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { DatastoreDetail, DatastoreHealth, DatastoreRow, DatastoreType } from "../../domain/datastore";
import { mayByPermissions } from "../../domain/permissions";
import { Template, text } from "../../domain/template";
import { authorizeDatastore, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { type Names, readNames } from "../owners";
import { maskTemplate } from "../secrets";

const FULL_SOON = 0.85;

interface Contents {
  chainCount: number;
  pointCount: number;
  storedBytes: number;
}

/** Datastores the actor may USE, by id. */
export async function listDatastores(ctx: Ctx, input: { type?: DatastoreType | undefined }): Promise<DatastoreRow[]> {
  const rows = await ctx.core.db.datastore.findMany({
    where: { AND: [visibleTo(ctx.actor), input.type === undefined ? {} : { type: input.type }] },
    orderBy: { id: "asc" },
  });
  const [names, contents] = await Promise.all([readNames(ctx.core.db, rows), readContents(ctx)]);
  return rows.map((row) => toRow(row, names, contents.get(row.id)));
}

export async function getDatastore(ctx: Ctx, datastoreId: number): Promise<DatastoreDetail> {
  const row = await authorizeDatastore(ctx.core.db, ctx.actor, "USE", datastoreId);
  const [names, contents] = await Promise.all([readNames(ctx.core.db, [row]), readContents(ctx)]);
  return {
    ...toRow(row, names, contents.get(row.id)),
    basePath: row.basePath,
    attributes: maskTemplate(parseStored(Template, row.template)),
    createdAt: row.createdAt.getTime(),
    may: { manage: mayByPermissions(ctx.actor, row, "MANAGE") },
  };
}

async function readContents(ctx: Ctx): Promise<Map<number, Contents>> {
  const rows = await ctx.core.db.$queryRaw<{ id: number; chains: bigint; points: bigint; bytes: bigint | null }[]>`
    SELECT i."datastoreId" AS id, count(DISTINCT i."id") AS chains, count(n."id") AS points,
           sum(n."storedBytes")::bigint AS bytes
    FROM "Image" i LEFT JOIN "Increment" n ON n."imageId" = i."id"
    WHERE i."type" = 'BACKUP' GROUP BY i."datastoreId"`;
  return new Map(
    rows.map((row) => [
      row.id,
      { chainCount: Number(row.chains), pointCount: Number(row.points), storedBytes: Number(row.bytes ?? 0n) },
    ]),
  );
}

function toRow(row: Prisma.DatastoreModel, names: Names, contents: Contents | undefined): DatastoreRow {
  const template = parseStored(Template, row.template);
  return {
    id: row.id,
    name: row.name,
    type: row.type as DatastoreType, // written only by the core
    driver: row.dsMad,
    tmMad: row.tmMad,
    ownerName: names.user(row.uid),
    groupName: names.group(row.gid),
    totalMb: row.totalMb,
    usedMb: row.usedMb,
    freeMb: row.freeMb,
    monitoredAt: row.monitoredAt?.getTime() ?? null,
    health: healthOf(row),
    error: row.monitorError,
    chainCount: contents?.chainCount ?? 0,
    pointCount: contents?.pointCount ?? 0,
    storedBytes: contents?.storedBytes ?? 0,
    location: `${text(template, "RSYNC_HOST") ?? text(template, "RESTIC_SFTP_SERVER") ?? "localhost"}:${row.basePath}`,
  };
}

/**
 * How full, 0 to 1: of what can be used at all, as `df` counts. Space that the file system keeps for root is neither used
 * nor free.
 */
export function fillOf(row: { usedMb: number; freeMb: number }): number {
  const usable = row.usedMb + row.freeMb;
  return usable === 0 ? 0 : row.usedMb / usable;
}

/** What the monitor says of a datastore. */
export function healthOf(row: Prisma.DatastoreModel): DatastoreHealth {
  if (row.monitorError !== null) return "unreachable";
  if (row.monitoredAt === null) return "unknown";
  return fillOf(row) >= FULL_SOON ? "full-soon" : "healthy";
}
