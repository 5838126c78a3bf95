import { joinSql, type Sql, sql } from "../../db/sql";
import {
  type StoreContents,
  StoreContentsInput,
  type StoreContentsSort,
  type VmContents,
} from "../../domain/datastore-contents";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import { searchSql } from "../report/report-sql";
import { visibleSql } from "../vm/facts-sql";

const ORDER: Readonly<Record<StoreContentsSort, Sql>> = {
  vm: sql`lower("vmName")`,
  stored: sql`"storedBytes"`,
  chains: sql`"chains"`,
  points: sql`"points"`,
  newest: sql`"newestAt"`,
};

/** What a datastore holds, added up by VM: a page of it, of the backups that the actor may USE. */
export async function readStoreContents(ctx: Ctx, raw: StoreContentsInput): Promise<StoreContents> {
  const { datastoreId, offset, limit, sort = "stored", descending, search } = StoreContentsInput.parse(raw);
  const { db } = ctx.core;
  await authorizeDatastore(db, ctx.actor, "USE", datastoreId);
  const may = visibleSql(ctx.actor, { uid: sql`i."uid"`, gid: sql`i."gid"`, permissions: sql`i."permissions"` });
  const direction = descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  const rows = await db.$queryRaw<GroupRow[]>(sql`
    WITH g AS MATERIALIZED (${groupsSql(datastoreId, may)})
    SELECT g.*, (count(*) OVER ())::int AS "total", (SELECT sum("storedBytes") FROM g) AS "all"
    FROM g WHERE ${searchSql(search, sql`"vmName"`, sql`"vmId"`)}
    ORDER BY ${joinSql([sql`${ORDER[sort]} ${direction}`, sql`"vmId"`])} LIMIT ${limit}::int OFFSET ${offset}::int`);
  const [first] = rows;
  if (first === undefined && offset > 0) {
    // A page that is no longer there has no row that could tell the totals.
    return { ...(await readStoreContents(ctx, { ...raw, offset: 0 })), rows: [] };
  }
  return {
    rows: rows.map(({ total: _, all: __, ...row }) => ({ ...row, newestAt: row.newestAt?.getTime() ?? null })),
    total: first?.total ?? 0,
    storedBytes: first?.all ?? 0,
  };
}

type GroupRow = Omit<VmContents, "newestAt"> & { newestAt: Date | null; total: number; all: number };

function groupsSql(datastoreId: number, may: Sql): Sql {
  return sql`
    SELECT coalesce(i."vmId", -1) AS "vmId", (array_agg(coalesce(i."vmName", i."name") ORDER BY i."id" DESC))[1] AS "vmName",
      count(*)::int AS "chains", sum(coalesce(p."points", 0))::int AS "points", max(p."newestAt") AS "newestAt",
      sum(coalesce(p."stored", 0))::float8 AS "storedBytes"
    FROM "Image" i LEFT JOIN (
      SELECT "imageId", count(*) AS "points", max("at") AS "newestAt", sum("storedBytes") AS "stored"
      FROM "Increment" GROUP BY 1) p ON p."imageId" = i."id"
    WHERE i."type" = 'BACKUP' AND i."datastoreId" = ${datastoreId}::int AND ${may} GROUP BY 1`;
}
