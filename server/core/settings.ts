import { z } from "zod";
import type { Db } from "../db/tx";
import { SchedulerSettings } from "../domain/schedule/pause";
import { DEFAULT_LIMITS, type TickLimits } from "../domain/schedule/plan-tick";

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

/** When nothing scheduled may begin. */
export async function readSchedulerSettings(db: Db): Promise<SchedulerSettings> {
  const row = await db.setting.findUnique({ where: { name: "scheduler" } });
  const parsed = SchedulerSettings.safeParse(row?.value ?? {});
  return parsed.success ? parsed.data : { pausedUntil: null, blackouts: [] };
}
