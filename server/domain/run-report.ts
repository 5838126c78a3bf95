import { z } from "zod";
import { PageInput } from "./ids";

/** How the backups of each VM went in a period, and how far its points were proven. */

/** Periods of the report, days. */
export const REPORT_DAYS = [7, 30, 90] as const;

export const RunReportFilter = z.object({
  search: PageInput.shape.search,
  days: z.union(REPORT_DAYS.map((days) => z.literal(days))).default(30),
  jobId: z.number().int().min(0).optional(),
});
export const RunReportInput = RunReportFilter.extend(PageInput.shape);
export type RunReportInput = z.input<typeof RunReportInput>;

/** Counts of runs that ended in the period. */
export interface RunCounts {
  done: number;
  /** Of those that are done. */
  warned: number;
  failed: number;
  cancelled: number;
  /** Stored bytes of those that are done. */
  bytes: number;
}

export interface RunReportRow extends RunCounts {
  vmId: number;
  vmName: string;
  /** Mean length of those that are done, seconds; null: none is. */
  meanSeconds: number | null;
  /** The last one that failed. */
  failedActionId: number | null;
  failure: string | null;
}

export interface RunReport {
  rows: RunReportRow[];
  total: number;
  /** Of all rows that match, not of the page alone. */
  sum: RunCounts;
}

/** Share of runs that did not fail, 0 to 1; those that somebody cancelled say nothing. Null: there was none. */
export function successRate({ done, failed }: Pick<RunCounts, "done" | "failed">): number | null {
  return done + failed === 0 ? null : done / (done + failed);
}

export const EvidenceFilter = z.object({ search: PageInput.shape.search });
export const EvidenceInput = EvidenceFilter.extend(PageInput.shape);
export type EvidenceInput = z.input<typeof EvidenceInput>;

/** What proves that a VM can be restored. Times are epoch ms, null: never. */
export interface EvidenceRow {
  vmId: number;
  vmName: string;
  points: number;
  /** Points that were read again and are as they were stored. */
  verified: number;
  /** Points that cannot be restored. */
  broken: number;
  verifiedAt: number | null;
  bootedAt: number | null;
  bootVerdict: string | null;
  bootActionId: number | null;
  /** Seconds that the restore and the boot of that check took together; null: not measured. */
  bootRtoSeconds: number | null;
  restoredAt: number | null;
  restoreActionId: number | null;
  /** Seconds that this restore ran. */
  restoreSeconds: number | null;
}
