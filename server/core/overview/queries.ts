import { attentionKey } from "../../domain/mute";
import type { OverviewView } from "../../domain/overview";
import { overviewVerdict } from "../../domain/protection";
import { toActionRows, visibleActions } from "../action/queries";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { fillOf } from "../datastore/queries";
import { isDemo } from "../demo/commands";
import { parseVm } from "../vm/rows";
import { readAttention } from "./attention";
import { readMutes } from "./mutes";

const DAY_MS = 24 * 60 * 60_000;
const RECENT = 8;

/** Everything the overview shows, in constantly many queries. */
export async function getOverview(ctx: Ctx): Promise<OverviewView> {
  const { db, clock } = ctx.core;
  const now = clock.now();
  const visible = await visibleActions(ctx);
  const [{ vms, attention, damaged }, ended, points, datastores, running, recent, hasDemo] = await Promise.all([
    readAttention(ctx, now),
    db.action.groupBy({
      by: ["state"],
      where: { AND: [visible, { endedAt: { gte: new Date(now - DAY_MS) }, kind: "backup" }] },
      _count: true,
    }),
    db.increment.aggregate({
      where: { image: { AND: [visibleTo(ctx.actor)] } },
      _count: true,
      _sum: { storedBytes: true },
      _max: { at: true },
    }),
    db.datastore.findMany({ where: { AND: [visibleTo(ctx.actor), { type: "BACKUP" }] } }),
    db.action.findMany({
      where: { AND: [visible, { state: { in: ["PENDING", "RUNNING"] } }] },
      orderBy: { id: "asc" },
      take: RECENT,
    }),
    db.action.findMany({
      where: { AND: [visible, { state: { in: ["DONE", "FAILED", "CANCELLED"] } }] },
      orderBy: { id: "desc" },
      take: RECENT,
    }),
    hasDemoVm(ctx),
  ]);
  const mutes = await readMutes(ctx);
  const checksummed = await db.increment.count({
    where: { image: { AND: [visibleTo(ctx.actor)] }, verification: { in: ["checksummed", "verified"] } },
  });
  const count = (state: string) => ended.find((row) => row.state === state)?._count ?? 0;
  const [fullest] = [...datastores].filter((row) => row.totalMb > 0).sort((a, b) => fillOf(b) - fillOf(a));
  return {
    verdict: overviewVerdict(vms, {
      hasSickDatastore: datastores.some((row) => row.monitorError !== null),
      hasDamage: damaged > 0,
    }),
    vms,
    last24h: { done: count("DONE"), failed: count("FAILED"), cancelled: count("CANCELLED") },
    points: points._count,
    storedBytes: Number(points._sum.storedBytes ?? 0n),
    checksummedPoints: checksummed,
    newestPointAt: points._max.at?.getTime() ?? null,
    fullestDatastore:
      fullest === undefined
        ? null
        : { id: fullest.id, name: fullest.name, usedMb: fullest.usedMb, totalMb: fullest.usedMb + fullest.freeMb },
    attention: attention.map((group) => ({ ...group, muted: mutes.get(attentionKey(group)) ?? null })),
    damaged,
    running: await toActionRows(ctx, running),
    recent: await toActionRows(ctx, recent),
    hasBackupDatastore: datastores.length > 0,
    hasDemo,
  };
}

async function hasDemoVm(ctx: Ctx): Promise<boolean> {
  const rows = await ctx.core.db.vm.findMany({ where: { name: { startsWith: "demo-" }, state: { not: "DONE" } } });
  return rows.some((row) => isDemo(ctx.core.config.home, parseVm(row).template));
}
