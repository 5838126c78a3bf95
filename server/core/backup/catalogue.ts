import type { z } from "zod";
import { joinSql, type Sql, sql } from "../../db/sql";
import {
  CATALOGUE_STATES,
  CatalogueFilter,
  CatalogueInput,
  type CataloguePage,
  type CatalogueRow,
  type CatalogueSort,
  type CatalogueState,
} from "../../domain/backup-catalogue";
import { mayByPermissions } from "../../domain/permissions";
import type { ImageState } from "../../domain/states";
import { csvText } from "../../lib/csv";
import type { Ctx } from "../context";
import { inIsoTime, searchSql } from "../report/report-sql";
import { visibleSql } from "../vm/facts-sql";

/** Rows of a CSV: more than any reader opens. */
const EXPORT_ROWS = 100_000;

interface FactsRow extends Omit<CatalogueRow, "verifiedAt" | "newestAt" | "oldestAt" | "may" | "imageState"> {
  imageState: string;
  uid: number;
  gid: number;
  permissions: number;
  verifiedAt: Date | null;
  newestAt: Date | null;
  oldestAt: Date | null;
}

/** Backups that the actor may USE, a page of them with the points added up; two queries whatever their number. */
export async function readCatalogue(ctx: Ctx, raw: CatalogueInput): Promise<CataloguePage> {
  const input = CatalogueInput.parse(raw);
  const { state, ...rest } = input;
  const [counted, rows] = await Promise.all([
    ctx.core.db.$queryRaw<{ state: CatalogueState; count: number }[]>(
      sql`SELECT "state", count(*)::int AS "count" FROM (${factsSql(ctx, rest)}) f GROUP BY "state"`,
    ),
    readRows(ctx, input, input.limit, input.offset),
  ]);
  const counts: CataloguePage["counts"] = {
    broken: 0,
    deleting: 0,
    flattening: 0,
    locked: 0,
    orphan: 0,
    open: 0,
    closed: 0,
  };
  for (const row of counted) counts[row.state] = row.count;
  const total = state === undefined ? counted.reduce((sum, row) => sum + row.count, 0) : counts[state];
  return { rows, total, counts };
}

/** The same as CSV, without pages. */
export async function exportCatalogue(ctx: Ctx, raw: z.input<typeof CatalogueFilter>): Promise<{ csv: string }> {
  const rows = await readRows(ctx, { ...CatalogueFilter.parse(raw), sort: "newest", descending: true }, EXPORT_ROWS, 0);
  const heading = [
    "backup id",
    "name",
    "vm id",
    "vm",
    "vm gone",
    "kind",
    "state",
    "points",
    "newest",
    "oldest",
    "stored bytes",
    "guest bytes",
    "datastore id",
    "datastore",
    "job id",
    "job",
    "owner",
    "group",
    "pinned points",
    "verified points",
    "last verified",
    "damaged points",
  ];
  const lines = rows.map((row) => [
    row.imageId,
    row.name,
    row.vmId,
    row.vmName,
    row.isVmGone ? "yes" : "no",
    row.isChain ? "chain" : "single full",
    row.state,
    row.points,
    inIsoTime(row.newestAt),
    inIsoTime(row.oldestAt),
    row.storedBytes,
    row.guestBytes,
    row.datastoreId,
    row.datastoreName,
    row.jobId,
    row.jobName,
    row.ownerName,
    row.groupName,
    row.pinned,
    row.verified,
    inIsoTime(row.verifiedAt),
    row.damaged,
  ]);
  return { csv: csvText(heading, lines) };
}

const STATE_ORDER = joinSql(
  CATALOGUE_STATES.map((state, index) => sql`WHEN ${state} THEN ${index}::int`),
  " ",
);

/** What each column sorts by; ties by the id, which grows with time. */
const ORDER: Readonly<Record<CatalogueSort, Sql>> = {
  vm: sql`lower(f."vmName")`,
  state: sql`CASE f."state" ${STATE_ORDER} END`,
  points: sql`f."points"`,
  newest: sql`f."newestAt"`,
  oldest: sql`f."oldestAt"`,
  stored: sql`f."storedBytes"`,
  datastore: sql`lower(f."datastoreName")`,
  job: sql`lower(f."jobName")`,
  owner: sql`lower(f."ownerName")`,
  pinned: sql`f."pinned"`,
  verified: sql`f."verifiedAt"`,
};

async function readRows(
  ctx: Ctx,
  { sort, descending, ...filter }: CatalogueFilter & { sort?: CatalogueSort | undefined; descending: boolean },
  limit: number,
  offset: number,
): Promise<CatalogueRow[]> {
  const direction = descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  const by = sort === undefined ? sql`f."imageId" DESC` : sql`${ORDER[sort]} ${direction}, f."imageId" DESC`;
  const rows = await ctx.core.db.$queryRaw<FactsRow[]>(sql`
    SELECT f.*, coalesce(n."guestBytes", 0)::float8 AS "guestBytes"
    FROM (SELECT * FROM (${factsSql(ctx, filter)}) f ORDER BY ${by} LIMIT ${limit}::int OFFSET ${offset}::int) f
    LEFT JOIN LATERAL (
      SELECT "guestBytes" FROM "Increment" WHERE "imageId" = f."imageId" ORDER BY "id" DESC LIMIT 1) n ON true
    ORDER BY ${by}`);
  return rows.map(({ uid, gid, permissions, ...row }) => ({
    ...row,
    imageState: row.imageState as ImageState, // written only by the core
    newestAt: row.newestAt?.getTime() ?? null,
    oldestAt: row.oldestAt?.getTime() ?? null,
    verifiedAt: row.verifiedAt?.getTime() ?? null,
    may: { manage: mayByPermissions(ctx.actor, { uid, gid, permissions }, "MANAGE") },
  }));
}

/** A SELECT of every backup that the actor may USE and the filter wants, its points added up. */
function factsSql({ core, actor }: Ctx, filter: CatalogueFilter): Sql {
  const image = visibleSql(actor, { uid: sql`i."uid"`, gid: sql`i."gid"`, permissions: sql`i."permissions"` });
  const job = visibleSql(actor, { uid: sql`j."uid"`, gid: sql`j."gid"`, permissions: sql`j."permissions"` });
  const { search, datastoreId, jobId, state } = filter;
  const byVm = searchSql(search, sql`coalesce(i."vmName", '')`, sql`i."vmId"`);
  const byName = searchSql(search, sql`i."name"`, sql`i."id"`);
  const where = [
    image,
    search === undefined ? sql`true` : sql`(${byVm} OR ${byName})`,
    datastoreId === undefined ? sql`true` : sql`i."datastoreId" = ${datastoreId}::int`,
    jobId === undefined ? sql`true` : sql`(j."id" = ${jobId}::int AND ${job})`,
  ];
  return sql`
    SELECT * FROM (
      SELECT b.*, CASE
          WHEN "imageState" = 'DELETE' THEN 'deleting'
          WHEN "imageState" = 'ERROR' OR "damaged" > 0 THEN 'broken'
          WHEN "imageState" = 'LOCKED' THEN 'flattening'
          WHEN "lockLevel" > 0 THEN 'locked'
          WHEN "isVmGone" THEN 'orphan'
          WHEN "isOpen" THEN 'open' ELSE 'closed' END AS "state"
      FROM (
        SELECT i."id" AS "imageId", i."name", coalesce(i."vmId", -1) AS "vmId", coalesce(i."vmName", 'VM ' || i."vmId", i."name") AS "vmName",
          v."id" IS NULL AS "isVmGone", i."datastoreId", d."name" AS "datastoreName", j."id" AS "jobId",
          CASE WHEN ${job} THEN j."name" END AS "jobName", coalesce(u."name", '') AS "ownerName", coalesce(g."name", '') AS "groupName",
          i."isChain", i."state" AS "imageState", i."lockLevel", i."error", i."uid", i."gid", i."permissions",
          coalesce(v."backupConfig"->>'mode' = 'INCREMENT' AND (v."backupConfig"->>'incrementalBackupId')::int = i."id", false) AS "isOpen",
          coalesce(p."points", 0) AS "points", coalesce(p."damaged", 0) AS "damaged", coalesce(p."pinned", 0) AS "pinned",
          coalesce(p."verified", 0) AS "verified", p."verifiedAt", p."newestAt", p."oldestAt", coalesce(p."stored", 0) AS "storedBytes"
        FROM "Image" i
        JOIN "Datastore" d ON d."id" = i."datastoreId"
        LEFT JOIN "User" u ON u."id" = i."uid"
        LEFT JOIN "Group" g ON g."id" = i."gid"
        LEFT JOIN "Vm" v ON v."id" = i."vmId" AND v."state" <> 'DONE'
        LEFT JOIN "BackupJob" j ON j."id" = (v."backupConfig"->>'backupJobId')::int
        LEFT JOIN (
          SELECT n."imageId", count(*)::int AS "points", sum(n."storedBytes")::float8 AS "stored", max(n."at") AS "newestAt",
            min(n."at") AS "oldestAt", max(n."verifiedAt") AS "verifiedAt", count(q."imageId")::int AS "pinned",
            (count(*) FILTER (WHERE n."verification" = 'verified'))::int AS "verified",
            (count(*) FILTER (WHERE n."broken" IS NOT NULL OR n."verification" = 'failed'))::int AS "damaged"
          FROM "Increment" n LEFT JOIN "Pin" q ON q."imageId" = n."imageId" AND q."incrementId" = n."id"
            AND (q."until" IS NULL OR q."until" > ${new Date(core.clock.now())}::timestamp)
          GROUP BY n."imageId") p ON p."imageId" = i."id"
        WHERE i."type" = 'BACKUP' AND ${joinSql(where, " AND ")}
      ) b
    ) s WHERE ${state === undefined ? sql`true` : sql`"state" = ${state}`}`;
}
