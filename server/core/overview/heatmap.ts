import { dayResult, type Heatmap, HeatmapInput, heatmapDays } from "../../domain/heatmap";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";

interface DayRow {
  vmId: number;
  day: string;
  clean: number | null;
  warned: number | null;
  failed: number | null;
  cancelled: number | null;
}

const NO_RUNS = { clean: null, warned: null, failed: null, cancelled: null };

/** How the backups of the last 30 days went, of a page of the VMs one may see: three queries. */
export async function readHeatmap(ctx: Ctx, raw: HeatmapInput): Promise<Heatmap> {
  const { zone, offset, limit } = HeatmapInput.parse(raw);
  const { db, clock } = ctx.core;
  const { days, from } = heatmapDays(clock.now(), zone);
  const vms = await db.vm.findMany({
    where: { AND: [visibleTo(ctx.actor), { state: { not: "DONE" } }] },
    select: { id: true, name: true },
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  const bad = await db.action.groupBy({
    by: ["vmId"],
    where: { kind: "backup", state: "FAILED", endedAt: { gte: new Date(from) } },
    _count: { _all: true },
  });
  const badRuns = new Map(bad.map((row) => [row.vmId, row._count._all]));
  const page = vms.sort((a, b) => (badRuns.get(b.id) ?? 0) - (badRuns.get(a.id) ?? 0)).slice(offset, offset + limit);
  const runs = await readDays(
    ctx,
    page.map((vm) => vm.id),
    zone,
    new Date(from),
  );
  const byCell = new Map(runs.map((run) => [`${run.vmId} ${run.day}`, run]));
  return {
    days,
    rows: page.map((vm) => ({
      vmId: vm.id,
      vmName: vm.name,
      days: days.map((day) => dayResult(byCell.get(`${vm.id} ${day}`) ?? NO_RUNS)),
    })),
    total: vms.length,
  };
}

async function readDays(ctx: Ctx, vmIds: number[], zone: string, from: Date): Promise<DayRow[]> {
  if (vmIds.length === 0) return [];
  return await ctx.core.db.$queryRaw<DayRow[]>`
    SELECT "vmId",
           to_char("endedAt" AT TIME ZONE 'UTC' AT TIME ZONE ${zone}, 'YYYY-MM-DD') AS "day",
           max("id") FILTER (WHERE "state" = 'DONE' AND cardinality("warnings") = 0) AS "clean",
           max("id") FILTER (WHERE "state" = 'DONE' AND cardinality("warnings") > 0) AS "warned",
           max("id") FILTER (WHERE "state" = 'FAILED') AS "failed",
           max("id") FILTER (WHERE "state" = 'CANCELLED') AS "cancelled"
    FROM "Action"
    WHERE "kind" = 'backup' AND "endedAt" >= ${from} AND "vmId" = ANY(${vmIds})
    GROUP BY 1, 2`;
}
