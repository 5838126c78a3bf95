import type { z } from "zod";
import { type Sql, sql } from "../../db/sql";
import type { Page } from "../../domain/ids";
import { EvidenceFilter, EvidenceInput, type EvidenceRow } from "../../domain/run-report";
import { csvText } from "../../lib/csv";
import type { Ctx } from "../context";
import { visibleSql } from "../vm/facts-sql";
import { inIsoTime, searchSql } from "./report-sql";

const MAX_LINES = 50_000;

interface Row extends Omit<EvidenceRow, "verifiedAt" | "bootedAt" | "restoredAt"> {
  verifiedAt: Date | null;
  bootedAt: Date | null;
  restoredAt: Date | null;
  total: number;
}

/** What proves that each VM with a point can be restored, a page of it. One query. */
export async function readEvidence(ctx: Ctx, raw: EvidenceInput): Promise<Page<EvidenceRow>> {
  const { offset, limit, sort, descending, ...filter } = EvidenceInput.parse(raw);
  const rows = await query(ctx, filter, orderBy(sort, descending), { offset, limit });
  const [first] =
    rows.length > 0 || offset === 0 ? rows : await query(ctx, filter, sql`"vmId"`, { offset: 0, limit: 1 });
  return { rows: rows.map(toRow), total: first?.total ?? 0 };
}

/** The same rows as CSV, without pages. */
export async function exportEvidence(ctx: Ctx, raw: z.input<typeof EvidenceFilter>): Promise<{ csv: string }> {
  const found = await query(ctx, EvidenceFilter.parse(raw), orderBy(undefined, false), { offset: 0, limit: MAX_LINES });
  const heading = ["vm id", "vm", "points", "verified points", "damaged points", "last verified", "last boot check"];
  return {
    csv: csvText(
      [
        ...heading,
        "boot check found",
        "boot check run",
        "restore and boot seconds",
        "last restore",
        "restore run",
        "restore seconds",
      ],
      found
        .map(toRow)
        .map((row) => [
          ...[row.vmId, row.vmName, row.points, row.verified, row.broken, inIsoTime(row.verifiedAt)],
          ...[inIsoTime(row.bootedAt), row.bootVerdict, row.bootActionId, row.bootRtoSeconds],
          ...[inIsoTime(row.restoredAt), row.restoreActionId, row.restoreSeconds],
        ]),
    ),
  };
}

function orderBy(sort: string | undefined, descending: boolean): Sql {
  const direction = descending ? sql`DESC` : sql`ASC`;
  switch (sort) {
    case "vmName":
      return sql`"vmName" ${direction}, "vmId"`;
    case "bootedAt":
      return sql`"bootedAt" ${direction} NULLS FIRST, "vmId"`;
    case "restoredAt":
      return sql`"restoredAt" ${direction} NULLS FIRST, "vmId"`;
    default:
      // What was never looked at comes first.
      return sql`"verifiedAt" ${direction} NULLS FIRST, "vmId"`;
  }
}

function toRow({ total: _total, verifiedAt, bootedAt, restoredAt, ...row }: Row): EvidenceRow {
  const time = (at: Date | null) => at?.getTime() ?? null;
  return { ...row, verifiedAt: time(verifiedAt), bootedAt: time(bootedAt), restoredAt: time(restoredAt) };
}

async function query(
  ctx: Ctx,
  { search }: z.output<typeof EvidenceFilter>,
  order: Sql,
  { offset, limit }: { offset: number; limit: number },
): Promise<Row[]> {
  const image = { uid: sql`i."uid"`, gid: sql`i."gid"`, permissions: sql`i."permissions"` };
  return await ctx.core.db.$queryRaw<Row[]>(sql`
    WITH images AS (
      SELECT i."id", i."vmId", coalesce(v."name", i."vmName", '') AS "vmName" FROM "Image" i LEFT JOIN "Vm" v ON v."id" = i."vmId"
      WHERE i."type" = 'BACKUP' AND i."vmId" IS NOT NULL AND ${visibleSql(ctx.actor, image)}
        AND ${searchSql(search, sql`coalesce(v."name", i."vmName", '')`, sql`i."vmId"`)}),
    points AS (
      SELECT m."vmId", min(m."vmName") AS "vmName", count(*)::int AS "points",
        (count(*) FILTER (WHERE n."verification" = 'verified' AND n."broken" IS NULL))::int AS "verified",
        (count(*) FILTER (WHERE n."broken" IS NOT NULL))::int AS "broken", max(n."verifiedAt") AS "verifiedAt"
      FROM images m JOIN "Increment" n ON n."imageId" = m."id" GROUP BY m."vmId"),
    boots AS (
      SELECT DISTINCT ON (m."vmId") m."vmId", b."at" AS "bootedAt", b."verdict" AS "bootVerdict", b."actionId" AS "bootActionId",
        b."restoreSeconds" + b."bootSeconds" AS "bootRtoSeconds"
      FROM images m JOIN "BootCheck" b ON b."imageId" = m."id" ORDER BY m."vmId", b."at" DESC),
    restores AS (
      SELECT DISTINCT ON (m."vmId") m."vmId", a."endedAt" AS "restoredAt", a."id" AS "restoreActionId",
        extract(epoch FROM a."endedAt" - a."startedAt")::int AS "restoreSeconds"
      FROM images m JOIN "Action" a ON a."imageId" = m."id"
      WHERE a."kind" IN ('restore', 'restore-in-place') AND a."state" = 'DONE' ORDER BY m."vmId", a."endedAt" DESC)
    SELECT p.*, b."bootedAt", b."bootVerdict", b."bootActionId", b."bootRtoSeconds", r."restoredAt", r."restoreActionId",
      r."restoreSeconds", (count(*) OVER ())::int AS "total"
    FROM points p LEFT JOIN boots b USING ("vmId") LEFT JOIN restores r USING ("vmId")
    ORDER BY ${order} OFFSET ${offset}::int LIMIT ${limit}::int`);
}
