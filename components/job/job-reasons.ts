import { t } from "@/components/i18n/t";
import type { JobRow } from "@/server/domain/job/job";

type Asked = Pick<JobRow, "id" | "counts" | "may" | "lockLevel" | "vmCount">;

/** Why this job cannot be changed, run or stopped by the reader, null when it can. */
export function manageReason(job: Asked): string | null {
  if (!job.may.manage)
    return t("You need the MANAGE right on job {id}. Its owner or an administrator can grant it.", { id: job.id });
  const isLocked = job.lockLevel > 0 && job.lockLevel <= 2;
  return isLocked ? t("The job is locked. Its owner or an administrator can unlock it.") : null;
}

/** VMs of the run that goes on. */
export function openCount(job: Pick<JobRow, "counts">): number {
  return job.counts.OUTDATED + job.counts.BACKING_UP;
}

/** Why the job cannot run now, null when it can. */
export function runReason(job: Asked): string | null {
  return (
    manageReason(job) ?? (openCount(job) > 0 ? t("Its last run still has VMs to do. Wait for it, or cancel it.") : null)
  );
}

/** Why there is no run to cancel, null when there is one. */
export function cancelReason(job: Asked): string | null {
  return manageReason(job) ?? (openCount(job) === 0 ? t("Nothing of this job runs or waits.") : null);
}

/** Why nothing can be tried again, null when something can. */
export function retryReason(job: Asked): string | null {
  return manageReason(job) ?? (job.counts.ERROR === 0 ? t("No VM of this job has failed.") : null);
}

const FOREVER_MS = 20 * 365 * 86_400_000;

/** A pause without an end is kept as one that ends in a far future (epoch ms). */
export function pauseUntil(minutes: number | null, now: number): number {
  return now + (minutes === null ? 2 * FOREVER_MS : minutes * 60_000);
}

/** Is the pause one that somebody must end? */
export function isEndlessPause(until: number, now: number): boolean {
  return until - now > FOREVER_MS;
}
