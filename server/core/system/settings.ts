import type { z } from "zod";
import { withTx } from "../../db/tx";
import { SchedulerSettings } from "../../domain/schedule/pause";
import type { TickLimits } from "../../domain/schedule/plan-tick";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { Limits, readLimits, readSchedulerSettings } from "../settings";

export interface SystemSettings {
  limits: TickLimits;
  scheduler: SchedulerSettings;
}

/** Limits and times without scheduling; everybody may know why nothing begins. */
export async function getSettings(ctx: Ctx): Promise<SystemSettings> {
  const { db } = ctx.core;
  return { limits: await readLimits(db), scheduler: await readSchedulerSettings(db) };
}

/** MAX_BACKUPS and its like, from the next pass of the scheduler on. Administrators only. */
export async function setLimits(ctx: Ctx, raw: TickLimits): Promise<void> {
  requireAdmin(ctx.actor, "change the limits");
  const limits = Limits.parse(raw);
  await store(ctx, "limits", limits, { ...limits });
}

/** Pause of everything scheduled, and the windows in which nothing begins. Administrators only. */
export async function setSchedulerSettings(ctx: Ctx, raw: SchedulerSettings): Promise<void> {
  requireAdmin(ctx.actor, "pause the schedules");
  const scheduler = SchedulerSettings.parse(raw);
  await store(ctx, "scheduler", scheduler, {
    pausedUntil: scheduler.pausedUntil,
    blackouts: scheduler.blackouts.length,
  });
}

async function store(
  ctx: Ctx,
  name: "limits" | "scheduler",
  value: z.infer<typeof Limits> | SchedulerSettings,
  data: Record<string, number | null>,
): Promise<void> {
  await withTx(ctx.core.db, async (tx) => {
    await tx.setting.upsert({ where: { name }, create: { name, value }, update: { value } });
    await appendEvent(tx, { topic: "system", objectId: 0, type: "settings" });
    await writeAudit(tx, ctx.actor, { what: `settings-${name}`, object: "system", objectId: 0, data });
  });
}
