import { parseStored } from "../../db/stored";
import type { Tx } from "../../db/tx";
import { JobPolicy } from "../../domain/job/job";
import { appendEvent } from "../event/append";

/**
 * Tell a job that a backup of one of its VMs has ended, in the transaction that ends it. A VM that has left the job
 * meanwhile has no row here any more, and the job is not told.
 */
export async function settleMember(tx: Tx, actionId: number): Promise<void> {
  const action = await tx.action.findUnique({
    where: { id: actionId },
    select: { jobId: true, vmId: true, state: true, error: true, endedAt: true },
  });
  if (action?.jobId == null || action.vmId === null) return;
  const at = action.endedAt ?? new Date();
  const isDone = action.state === "DONE";
  await endMember(tx, {
    jobId: action.jobId,
    vmId: action.vmId,
    actionId,
    at,
    error: isDone ? null : (action.error ?? "Cancelled."),
    mayRetry: action.state === "FAILED",
  });
}

export interface MemberEnd {
  jobId: number;
  vmId: number;
  /** The run that ended; null when it could not even begin. */
  actionId: number | null;
  at: Date;
  error: string | null;
  mayRetry: boolean;
}

/** A member's try is over: into UPDATED or ERROR, with the next automatic try; the run ends with its last member. */
export async function endMember(tx: Tx, end: MemberEnd): Promise<void> {
  const { jobId, vmId } = end;
  const job = await lockJob(tx, jobId);
  if (job === null) return;
  const member = await tx.jobVm.findUnique({ where: { jobId_vmId: { jobId, vmId } } });
  if (member === null || (end.actionId !== null && member.actionId !== end.actionId)) return;
  const { retries } = parseStored(JobPolicy, job.policy);
  const tries = end.error === null ? 0 : member.tries + 1;
  const isAgain = end.error !== null && end.mayRetry && tries <= retries.count;
  const waitMs = retries.waitMinutes * 60_000 * 2 ** Math.max(0, tries - 1);
  await tx.jobVm.update({
    where: { jobId_vmId: { jobId, vmId } },
    data: {
      list: end.error === null ? "UPDATED" : "ERROR",
      error: end.error,
      tries,
      retryAt: isAgain ? new Date(end.at.getTime() + waitMs) : null,
    },
  });
  const seconds =
    job.lastBackupAt === null ? 0 : Math.max(0, Math.round((end.at.getTime() - job.lastBackupAt.getTime()) / 1000));
  await tx.backupJob.update({ where: { id: jobId }, data: { lastBackupDuration: seconds } });
  await countRun(tx, jobId, end.at);
  await appendEvent(tx, { topic: "job", objectId: jobId, type: "member", data: { vmId } });
}

/** Bring the figures of the open run up to its lists, and end it when nothing of it is left to do. */
export async function countRun(tx: Tx, jobId: number, at: Date): Promise<void> {
  const run = await tx.jobRun.findFirst({ where: { jobId, endedAt: null }, orderBy: { id: "desc" } });
  if (run === null) return;
  const members = await tx.jobVm.findMany({ where: { jobId }, select: { list: true, retryAt: true } });
  const count = (list: string) => members.filter((member) => member.list === list).length;
  const isOpen = count("OUTDATED") + count("BACKING_UP") > 0 || members.some((member) => member.retryAt !== null);
  await tx.jobRun.update({
    where: { id: run.id },
    data: { done: count("UPDATED"), failed: count("ERROR"), ...(isOpen ? {} : { endedAt: at }) },
  });
}

/** The job's row, locked to the end of the transaction; null when it is gone. */
export async function lockJob(tx: Tx, jobId: number) {
  await tx.$queryRaw`SELECT "id" FROM "BackupJob" WHERE "id" = ${jobId} FOR UPDATE`;
  return await tx.backupJob.findUnique({ where: { id: jobId } });
}
