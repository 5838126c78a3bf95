import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { ObjectId } from "./ids";
import { TimeZone } from "./schedule/rule";

export const HEATMAP_DAYS = 30;

export const HeatmapInput = z.object({
  /** Where a day begins. */
  zone: TimeZone,
  offset: ObjectId.default(0),
  limit: z.number().int().min(1).max(100).default(20),
});
export type HeatmapInput = z.infer<typeof HeatmapInput>;

/** How the backups of a VM went on one day: `warn` is done with warnings, or after a failure; `none` is no backup. */
export type DayResult = "ok" | "warn" | "fail" | "cancelled" | "none";

export interface HeatmapDay {
  result: DayResult;
  /** The newest run that makes it so; null when there was none. */
  actionId: number | null;
}

export interface HeatmapRow {
  vmId: number;
  vmName: string;
  /** As many as `Heatmap.days`. */
  days: HeatmapDay[];
}

/** Backups by VM and day: the VMs with the most bad days first. */
export interface Heatmap {
  /** `YYYY-MM-DD`, oldest first; the last one is today. */
  days: string[];
  rows: HeatmapRow[];
  total: number;
}

/** What the runs of one VM and day are together. Ids are those of the newest run of each kind, null for none. */
export function dayResult(runs: {
  clean: number | null;
  warned: number | null;
  failed: number | null;
  cancelled: number | null;
}): HeatmapDay {
  const { clean, warned, failed, cancelled } = runs;
  const good = Math.max(clean ?? -1, warned ?? -1);
  if (good < 0 && failed !== null) return { result: "fail", actionId: failed };
  if (good < 0)
    return cancelled === null ? { result: "none", actionId: null } : { result: "cancelled", actionId: cancelled };
  if (warned !== null) return { result: "warn", actionId: warned };
  return { result: failed === null ? "ok" : "warn", actionId: good };
}

/** The days up to that of `now` (epoch ms) in a zone, and when the first one began there, epoch ms. */
export function heatmapDays(now: number, zone: string): { days: string[]; from: number } {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const first = today.subtract({ days: HEATMAP_DAYS - 1 });
  return {
    days: Array.from({ length: HEATMAP_DAYS }, (_, index) => first.add({ days: index }).toString()),
    from: first.toZonedDateTime(zone).epochMilliseconds,
  };
}
