import { z } from "zod";
import { TimeZone } from "./rule";

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
