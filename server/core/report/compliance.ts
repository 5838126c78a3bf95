import type { z } from "zod";
import type { Db } from "../../db/tx";
import {
  COMPLIANCE_STATES,
  ComplianceFilter,
  ComplianceInput,
  type ComplianceReport,
  type ComplianceRow,
  complianceOf,
  HISTORY_DAYS,
  historyOf,
} from "../../domain/compliance";
import { csvText } from "../../lib/csv";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { readVmFacts } from "../vm/facts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** RPO of every VM that the actor may USE, a page of it; constantly many queries. */
export async function readCompliance(ctx: Ctx, raw: ComplianceInput): Promise<ComplianceReport> {
  const { offset, limit, sort, descending, ...filter } = ComplianceInput.parse(raw);
  const all = await readRows(ctx);
  const counts = { in: 0, out: 0, never: 0, excluded: 0 };
  for (const row of all) counts[row.state]++;
  const found = all.filter((row) => matches(row, filter));
  found.sort((a, b) => compare(a, b, sort ?? "state") * (descending ? -1 : 1));
  const page = found.slice(offset, offset + limit);
  return { rows: await withHistory(ctx, page), total: found.length, counts };
}

/** The same rows as CSV, without pages. */
export async function exportCompliance(ctx: Ctx, raw: z.input<typeof ComplianceFilter>): Promise<{ csv: string }> {
  const filter = ComplianceFilter.parse(raw);
  const found = (await readRows(ctx)).filter((row) => matches(row, filter)).sort((a, b) => compare(a, b, "state"));
  const now = ctx.core.clock.now();
  const lines = (await withHistory(ctx, found)).map((row) => [
    row.vmId,
    row.vmName,
    row.state,
    row.target.rpoMinutes,
    row.target.from,
    row.newestPointAt === null ? null : new Date(row.newestPointAt).toISOString(),
    row.newestPointAt === null ? null : Math.floor((now - row.newestPointAt) / MINUTE_MS),
    row.jobId,
    row.jobName,
    row.excludedReason,
    row.history.filter((day) => day === "out").length,
    row.history.filter((day) => day !== "none").length,
  ]);
  const heading = [
    "vm id",
    "vm",
    "state",
    "target minutes",
    "target from",
    "newest good point",
    "age minutes",
    "job id",
    "job",
    "left out because",
    `days late of the last ${HISTORY_DAYS}`,
    `days measured of the last ${HISTORY_DAYS}`,
  ];
  return { csv: csvText(heading, lines) };
}

type Row = Omit<ComplianceRow, "history">;

async function readRows(ctx: Ctx): Promise<Row[]> {
  const { db, clock } = ctx.core;
  const now = clock.now();
  const [facts, jobs] = await Promise.all([
    readVmFacts(db, ctx.actor, now),
    db.backupJob.findMany({ where: visibleTo(ctx.actor), select: { id: true, name: true } }),
  ]);
  const jobOf = new Map(jobs.map((job) => [job.id, job]));
  return facts.map((vm) => {
    const job = vm.jobId === null ? undefined : jobOf.get(vm.jobId);
    const { newestPointAt, target, excludedReason } = vm;
    return {
      vmId: vm.id,
      vmName: vm.name,
      jobId: job?.id ?? null,
      jobName: job?.name ?? null,
      target,
      newestPointAt,
      excludedReason,
      state: complianceOf({ newestPointAt, rpoMinutes: target.rpoMinutes, excludedReason }, now),
    };
  });
}

function matches(row: Row, { search, state, jobId }: z.output<typeof ComplianceFilter>): boolean {
  const text = search?.toLowerCase() ?? "";
  return (
    (state === undefined || row.state === state) &&
    (jobId === undefined || row.jobId === jobId) &&
    (text === "" || row.vmName.toLowerCase().includes(text) || String(row.vmId) === text)
  );
}

function compare(a: Row, b: Row, column: string): number {
  switch (column) {
    case "vmName":
      return a.vmName.localeCompare(b.vmName) || a.vmId - b.vmId;
    case "target":
      return a.target.rpoMinutes - b.target.rpoMinutes || a.vmId - b.vmId;
    case "newestPointAt":
      return (a.newestPointAt ?? 0) - (b.newestPointAt ?? 0) || a.vmId - b.vmId;
    default:
      return COMPLIANCE_STATES.indexOf(a.state) - COMPLIANCE_STATES.indexOf(b.state) || a.vmId - b.vmId;
  }
}

async function withHistory(ctx: Ctx, rows: readonly Row[]): Promise<ComplianceRow[]> {
  const now = ctx.core.clock.now();
  const backups = await readBackups(
    ctx.core.db,
    rows.map((row) => row.vmId),
    now,
  );
  return rows.map((row) => ({ ...row, history: historyOf(backups.get(row.vmId) ?? [], row.target.rpoMinutes, now) }));
}

/**
 * When VMs were backed up, epoch ms: all times in the days that the report shows, and the newest before. Runs and points
 * both count: a point may come from a repository that was read in, a run may have made one that is gone by now.
 */
async function readBackups(db: Db, vmIds: readonly number[], now: number): Promise<Map<number, number[]>> {
  const from = new Date(now - HISTORY_DAYS * DAY_MS);
  const rows = await db.$queryRaw<{ vmId: number; times: Date[] | null; before: Date | null }[]>`
    SELECT "vmId", array_agg("at") FILTER (WHERE "at" >= ${from}) AS times, max("at") FILTER (WHERE "at" < ${from}) AS before
    FROM (
      SELECT i."vmId", n."at" FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
      WHERE i."type" = 'BACKUP' AND i."vmId" = ANY(${[...vmIds]}) AND n."verification" <> 'failed'
      UNION ALL
      SELECT "vmId", coalesce("startedAt", "createdAt") FROM "Action"
      WHERE "kind" = 'backup' AND "state" = 'DONE' AND "vmId" = ANY(${[...vmIds]})
    ) backups GROUP BY "vmId"`;
  return new Map(
    rows.map(({ vmId, times, before }) => [
      vmId,
      [...(before === null ? [] : [before]), ...(times ?? [])].map((at) => at.getTime()),
    ]),
  );
}
