import type { z } from "zod";
import { type Sql, sql } from "../../db/sql";
import {
  type RunCounts,
  type RunReport,
  RunReportFilter,
  RunReportInput,
  type RunReportRow,
} from "../../domain/run-report";
import { csvText } from "../../lib/csv";
import type { Ctx } from "../context";
import { visibleSql } from "../vm/facts-sql";
import { inIsoTime, searchSql } from "./report-sql";

const DAY_MS = 86_400_000;
/** A CSV of more lines is for the database itself. */
const MAX_LINES = 50_000;

type Row = RunReportRow & { total: number; sum: RunCounts };

/** How the backups of each VM ended in the period, a page of it; also of VMs that are gone. One query. */
export async function readRunReport(ctx: Ctx, raw: RunReportInput): Promise<RunReport> {
  const { offset, limit, sort, descending, ...filter } = RunReportInput.parse(raw);
  const rows = await query(ctx, filter, orderBy(sort, descending), { offset, limit });
  // A page beyond the end has no row that could carry the sums.
  const [first] =
    rows.length > 0 || offset === 0
      ? rows
      : await query(ctx, filter, orderBy(sort, descending), { offset: 0, limit: 1 });
  return {
    rows: rows.map(({ total: _total, sum: _sum, ...row }) => row),
    total: first?.total ?? 0,
    sum: first?.sum ?? { done: 0, warned: 0, failed: 0, cancelled: 0, bytes: 0 },
  };
}

/** The same rows as CSV, without pages. */
export async function exportRunReport(ctx: Ctx, raw: z.input<typeof RunReportFilter>): Promise<{ csv: string }> {
  const filter = RunReportFilter.parse(raw);
  const rows = await query(ctx, filter, orderBy(undefined, false), { offset: 0, limit: MAX_LINES });
  const heading = ["vm id", "vm", "done", "done with warnings", "failed", "cancelled", "stored bytes", "mean seconds"];
  return {
    csv: csvText(
      [...heading, "last failed run", "last failure", "from", "to"],
      rows.map((row) => [
        ...[row.vmId, row.vmName, row.done, row.warned, row.failed, row.cancelled, row.bytes],
        ...[row.meanSeconds === null ? null : Math.round(row.meanSeconds), row.failedActionId, row.failure],
        ...[inIsoTime(ctx.core.clock.now() - filter.days * DAY_MS), inIsoTime(ctx.core.clock.now())],
      ]),
    ),
  };
}

function orderBy(sort: string | undefined, descending: boolean): Sql {
  const direction = descending ? sql`DESC` : sql`ASC`;
  switch (sort) {
    case "vmName":
      return sql`"vmName" ${direction}, "vmId"`;
    case "done":
      return sql`"done" ${direction}, "vmId"`;
    case "bytes":
      return sql`"bytes" ${direction}, "vmId"`;
    default:
      // What needs somebody comes first.
      return sql`"failed" ${descending ? sql`ASC` : sql`DESC`}, "vmName", "vmId"`;
  }
}

async function query(
  ctx: Ctx,
  { search, days, jobId }: z.output<typeof RunReportFilter>,
  order: Sql,
  { offset, limit }: { offset: number; limit: number },
): Promise<Row[]> {
  const visible = visibleSql(ctx.actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  const from = new Date(ctx.core.clock.now() - days * DAY_MS);
  return await ctx.core.db.$queryRaw<Row[]>(sql`
    WITH runs AS (
      SELECT a.*, v."name" AS "nameNow" FROM "Action" a JOIN "Vm" v ON v."id" = a."vmId"
      WHERE a."kind" = 'backup' AND a."state" IN ('DONE', 'FAILED', 'CANCELLED') AND a."endedAt" >= ${from} AND ${visible}
        AND ${jobId === undefined ? sql`true` : sql`a."jobId" = ${jobId}`} AND ${searchSql(search, sql`v."name"`, sql`v."id"`)}),
    grouped AS (
      SELECT "vmId", min("nameNow") AS "vmName",
        (count(*) FILTER (WHERE "state" = 'DONE'))::int AS "done",
        (count(*) FILTER (WHERE "state" = 'DONE' AND cardinality("warnings") > 0))::int AS "warned",
        (count(*) FILTER (WHERE "state" = 'FAILED'))::int AS "failed",
        (count(*) FILTER (WHERE "state" = 'CANCELLED'))::int AS "cancelled",
        coalesce(sum("bytes") FILTER (WHERE "state" = 'DONE'), 0)::float8 AS "bytes",
        (avg(extract(epoch FROM "endedAt" - "startedAt")) FILTER (WHERE "state" = 'DONE'))::float8 AS "meanSeconds",
        (array_agg("id" ORDER BY "id" DESC) FILTER (WHERE "state" = 'FAILED'))[1] AS "failedActionId",
        (array_agg("error" ORDER BY "id" DESC) FILTER (WHERE "state" = 'FAILED'))[1] AS "failure"
      FROM runs GROUP BY "vmId")
    SELECT *, (count(*) OVER ())::int AS "total",
      jsonb_build_object('done', sum("done") OVER (), 'warned', sum("warned") OVER (), 'failed', sum("failed") OVER (),
        'cancelled', sum("cancelled") OVER (), 'bytes', sum("bytes") OVER ()) AS "sum"
    FROM grouped ORDER BY ${order} OFFSET ${offset}::int LIMIT ${limit}::int`);
}
