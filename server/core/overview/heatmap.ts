import { sql } from "../../db/sql";
import { dayResult, type Heatmap, HeatmapInput, heatmapDays } from "../../domain/heatmap";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { visibleSql } from "../vm/facts-sql";

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
  const { clock } = ctx.core;
  const { days, from } = heatmapDays(clock.now(), zone);
  const page = await readPage(ctx, new Date(from), offset, limit);
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
    total: page[0] === undefined && offset > 0 ? await countVms(ctx) : Number(page[0]?.total ?? 0n),
  };
}

/** A page of the VMs that one may see, those that failed most first: the order is the database's. */
async function readPage(
  ctx: Ctx,
  from: Date,
  offset: number,
  limit: number,
): Promise<{ id: number; name: string; total: bigint }[]> {
  const visible = visibleSql(ctx.actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  return await ctx.core.db.$queryRaw<{ id: number; name: string; total: bigint }[]>(sql`
    SELECT v."id", v."name", count(*) OVER () AS "total" FROM "Vm" v LEFT JOIN (
      SELECT "vmId", count(*) AS n FROM "Action"
      WHERE "kind" = 'backup' AND "state" = 'FAILED' AND "endedAt" >= ${from} GROUP BY 1) bad ON bad."vmId" = v."id"
    WHERE v."state" <> 'DONE' AND ${visible}
    ORDER BY coalesce(bad.n, 0) DESC, v."name", v."id" LIMIT ${limit} OFFSET ${offset}`);
}

async function countVms(ctx: Ctx): Promise<number> {
  return await ctx.core.db.vm.count({ where: { AND: [visibleTo(ctx.actor), { state: { not: "DONE" } }] } });
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
