import { z } from "zod";
import { PageInput } from "./ids";
import { DEFAULT_RPO_HOURS } from "./protection";

/** Is a VM as its target asks? `excluded`: left out of a job with a written reason, and in no other. */
export const COMPLIANCE_STATES = ["out", "never", "excluded", "in"] as const;
export type ComplianceState = (typeof COMPLIANCE_STATES)[number];

/** Days of history that the report shows. */
export const HISTORY_DAYS = 14;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const ComplianceFilter = z.object({
  search: PageInput.shape.search,
  state: z.enum(COMPLIANCE_STATES).optional(),
  jobId: z.number().int().min(0).optional(),
});
export const ComplianceInput = ComplianceFilter.extend(PageInput.shape);
export type ComplianceInput = z.input<typeof ComplianceInput>;

/** Where a VM's target comes from. */
export type RpoFrom = "vm" | "job" | "default";

export interface RpoTarget {
  rpoMinutes: number;
  from: RpoFrom;
}

/** The target of a VM: its own, else that of its job, else the general one. */
export function rpoOf(own: number | null, ofJob: number | null): RpoTarget {
  if (own !== null) return { rpoMinutes: own, from: "vm" };
  if (ofJob !== null) return { rpoMinutes: ofJob, from: "job" };
  return { rpoMinutes: DEFAULT_RPO_HOURS * 60, from: "default" };
}

/** One day: was the newest good backup ever older than the target? `none`: there was none to be measured yet. */
export type DayMark = "in" | "out" | "none";

export interface ComplianceRow {
  vmId: number;
  vmName: string;
  /** Null: in none, or in one that the reader may not see. */
  jobId: number | null;
  jobName: string | null;
  target: RpoTarget;
  /** Epoch ms. */
  newestPointAt: number | null;
  state: ComplianceState;
  excludedReason: string | null;
  /** Oldest day first, today last. */
  history: DayMark[];
}

export interface ComplianceReport {
  rows: ComplianceRow[];
  total: number;
  /** Of all VMs that the reader may see, whatever the filter. */
  counts: Record<ComplianceState, number>;
}

/** The state of a VM at `now`, epoch ms. */
export function complianceOf(
  vm: { newestPointAt: number | null; rpoMinutes: number; excludedReason: string | null },
  now: number,
): ComplianceState {
  if (vm.newestPointAt !== null && now - vm.newestPointAt <= vm.rpoMinutes * MINUTE_MS) return "in";
  if (vm.excludedReason !== null) return "excluded";
  return vm.newestPointAt === null ? "never" : "out";
}

/**
 * The last days, each of 24 hours, the newest ending at `now`. A day is `out` when at any moment of it the newest
 * successful backup was older than the target.
 * @param backups epoch ms of successful backups, in any order
 */
export function historyOf(backups: readonly number[], rpoMinutes: number, now: number, days = HISTORY_DAYS): DayMark[] {
  const times = [...new Set(backups)].filter((at) => at <= now).sort((a, b) => a - b);
  const late = lateSpans(times, rpoMinutes * MINUTE_MS, now);
  const first = times[0];
  return Array.from({ length: days }, (_, index) => {
    const from = now - (days - index) * DAY_MS;
    const to = from + DAY_MS;
    if (first === undefined || first >= to) return "none";
    return late.some((span) => span.from < to && span.to > from) ? "out" : "in";
  });
}

/** When the newest backup was older than the target, between the first backup and `now`; `times` ascend. */
export function lateSpans(times: readonly number[], rpoMs: number, now: number): { from: number; to: number }[] {
  return times.flatMap((at, index) => {
    const next = times[index + 1] ?? now;
    return next - at > rpoMs ? [{ from: at + rpoMs, to: next }] : [];
  });
}

/** "26 h", "90 min", "7 d": a target in words. */
export function rpoWords(minutes: number): string {
  if (minutes % 60 !== 0) return `${minutes} min`;
  return minutes >= 2880 && minutes % 1440 === 0 ? `${minutes / 1440} d` : `${minutes / 60} h`;
}
