import { z } from "zod";
import type { Db } from "../db/tx";
import { TimeZone } from "../domain/schedule/rule";
import { DEFAULT_LIMITS, type TickLimits } from "./scheduler/plan-tick";

/** How many backups run at once: in all, on one host; and other operations. 0 is no limit. */
export const Limits = z.object({
  maxBackups: z.number().int().min(0).max(1000),
  maxBackupsHost: z.number().int().min(0).max(1000),
  maxOthers: z.number().int().min(0).max(1000),
});

/** The limits of now; changeable at run time. */
export async function readLimits(db: Db): Promise<TickLimits> {
  const row = await db.setting.findUnique({ where: { name: "limits" } });
  const parsed = Limits.safeParse(row?.value);
  return parsed.success ? parsed.data : DEFAULT_LIMITS;
}

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "Write a time like 22:30");

/** A weekly window in which no schedule and no job begins anything; `to` before `from` passes midnight. */
export const Blackout = z.object({
  /** Weekdays of the beginning, 0 Sunday … 6. */
  days: z.array(z.number().int().min(0).max(6)).min(1).max(7),
  from: Clock,
  to: Clock,
  zone: TimeZone,
});
export type Blackout = z.infer<typeof Blackout>;

export const SchedulerSettings = z.object({
  /** Epoch ms until which nothing scheduled begins; null for none. */
  pausedUntil: z.number().int().nullable().default(null),
  blackouts: z.array(Blackout).max(50).default([]),
});
export type SchedulerSettings = z.infer<typeof SchedulerSettings>;

/** When nothing scheduled may begin. */
export async function readSchedulerSettings(db: Db): Promise<SchedulerSettings> {
  const row = await db.setting.findUnique({ where: { name: "scheduler" } });
  const parsed = SchedulerSettings.safeParse(row?.value ?? {});
  return parsed.success ? parsed.data : { pausedUntil: null, blackouts: [] };
}
