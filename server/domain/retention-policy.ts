import { z } from "zod";
import { TimeZone } from "./schedule/rule";

const Count = z.number().int().min(0).max(1000).default(0);

/** Periods of GFS (grandfather, father, son), shortest first: the order in which reasons are told. */
export const PERIODS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Period = (typeof PERIODS)[number];

/**
 * Keep the newest point of each of the last so many hours, days, ISO weeks, months and years that have one; 0 is no rule.
 * Beyond the reference, which knows KEEP_LAST alone.
 */
export const Gfs = z.object({
  hourly: Count,
  daily: Count,
  weekly: Count,
  monthly: Count,
  yearly: Count,
  /** Where days begin; null: in the time zone of Strata. */
  zone: TimeZone.nullable().default(null),
});
export type Gfs = z.infer<typeof Gfs>;

export const NO_GFS: Gfs = Gfs.parse({});

/** Does any period have a rule? Without one KEEP_LAST alone decides, as in the reference. */
export function hasGfs(gfs: Gfs): boolean {
  return PERIODS.some((period) => gfs[period] > 0);
}

export interface RetentionPolicy {
  /** 0: keep all without GFS, no rule of its own with it. */
  keepLast: number;
  gfs: Gfs;
}

/** The policy in a few words: "last 7, daily 14, weekly 8". */
export function policyWords({ keepLast, gfs }: RetentionPolicy): string {
  if (!hasGfs(gfs)) return keepLast === 0 ? "everything" : `the last ${keepLast}`;
  const parts = PERIODS.flatMap((period) => (gfs[period] === 0 ? [] : [`${period} ${gfs[period]}`]));
  return [...(keepLast === 0 ? [] : [`the last ${keepLast}`]), ...parts].join(", ");
}

/** Longest time that may lie between two good backups, minutes; at most a year. */
export const RpoMinutes = z.number().int().min(5).max(525_600);
