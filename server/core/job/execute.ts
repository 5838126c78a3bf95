import { type Tx, withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { isFinal } from "../../domain/states";
import { cancelAction } from "../action/cancel";
import { writeAudit } from "../audit";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { loadActor } from "../user/actor";
import { authorizeJob } from "./authorize";
import { resolveMembers } from "./members";
import { countRun, lockJob } from "./settle";

export interface RunTrigger {
  actor: Actor;
  at: Date;
  /** The schedule whose planned time this is; null for somebody who pressed the button. */
  schedule: { scheduleId: number; slot: bigint } | null;
}

/**
 * Begin a run: every member becomes OUTDATED. The scheduler starts their backups. An empty job runs and does nothing
 * (jobs-api-cli §1.6).
 * @throws JOB_BUSY while members of the last run wait or run
 */
export async function executeJob(tx: Tx, jobId: number, trigger: RunTrigger): Promise<{ runId: number }> {
  const job = await lockJob(tx, jobId);
  if (job === null) throw appError("NOT_FOUND", { object: "backup job", id: jobId });
  const busy = await tx.jobVm.count({ where: { jobId, list: { in: ["OUTDATED", "BACKING_UP"] } } });
  if (busy > 0) throw appError("JOB_BUSY");
  const owner = await loadActor(tx, job.uid).catch(() => {
    throw appError("ACTOR_GONE", { name: `of id ${job.uid}` });
  });
  const members = await resolveMembers(tx, owner, job, trigger.at.getTime());
  await tx.jobRun.updateMany({ where: { jobId, endedAt: null }, data: { endedAt: trigger.at } });
  await tx.jobVm.deleteMany({ where: { jobId } });
  await tx.jobVm.createMany({ data: members.map((vmId) => ({ jobId, vmId, list: "OUTDATED" })) });
  const runId = await nextId(tx, "job-run");
  await tx.jobRun.create({
    data: {
      id: runId,
      jobId,
      trigger: trigger.schedule === null ? "manual" : "schedule",
      ...(trigger.schedule ?? {}),
      actorId: trigger.actor.userId,
      actorName: trigger.actor.name,
      startedAt: trigger.at,
      endedAt: members.length === 0 ? trigger.at : null,
      planned: members.length,
    },
  });
  await tx.backupJob.update({ where: { id: jobId }, data: { lastBackupAt: trigger.at, error: null } });
  await appendEvent(tx, { topic: "job", objectId: jobId, type: "run" });
  await writeAudit(tx, trigger.actor, { what: "job-run", object: "job", objectId: jobId, data: { runId } });
  return { runId };
}

/** Begin a run now. MANAGE on the job. */
export async function runJob(ctx: Ctx, jobId: number): Promise<{ runId: number }> {
  return await withTx(ctx.core.db, async (tx) => {
    await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    const at = new Date(ctx.core.clock.now());
    return await executeJob(tx, jobId, { actor: ctx.actor, at, schedule: null });
  });
}

/**
 * Stop a run: who waits is in no list any more, whose backup runs is cancelled and comes back in ERROR. The reference empties
 * BACKING_UP at once; here a VM stays in it while its backup really goes on.
 */
export async function cancelJob(ctx: Ctx, jobId: number): Promise<void> {
  const actionIds = await withTx(ctx.core.db, async (tx) => {
    await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    await lockJob(tx, jobId);
    await tx.jobVm.deleteMany({ where: { jobId, list: "OUTDATED" } });
    await tx.jobVm.updateMany({ where: { jobId }, data: { retryAt: null } });
    await tx.jobRun.updateMany({ where: { jobId, endedAt: null }, data: { cancelled: true } });
    await countRun(tx, jobId, new Date(ctx.core.clock.now()));
    await appendEvent(tx, { topic: "job", objectId: jobId, type: "cancel" });
    await writeAudit(tx, ctx.actor, { what: "job-cancel", object: "job", objectId: jobId });
    const running = await tx.jobVm.findMany({ where: { jobId, list: "BACKING_UP" }, select: { actionId: true } });
    return running.flatMap((member) => (member.actionId === null ? [] : [member.actionId]));
  });
  for (const actionId of actionIds) {
    const action = await ctx.core.db.action.findUnique({
      where: { id: actionId },
      select: { state: true, actorId: true },
    });
    if (action === null || isFinal(action.state as "DONE")) continue;
    // The right on the job is enough: its owner's name is on the backup.
    const owner = await loadActor(ctx.core.db, action.actorId).catch(() => ctx.actor);
    await cancelAction({ ...ctx, actor: owner }, actionId).catch((error: unknown) => {
      ctx.core.log.info({ err: error, actionId }, "a backup of a cancelled job had ended already");
    });
  }
}

/** Failed VMs wait again, also while the run goes on (jobs-api-cli §1.6). MANAGE on the job. */
export async function retryJob(ctx: Ctx, jobId: number): Promise<{ vms: number }> {
  return await withTx(ctx.core.db, async (tx) => {
    await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    await lockJob(tx, jobId);
    const vms = await requeueFailed(tx, jobId, {});
    await tx.backupJob.update({ where: { id: jobId }, data: { error: null } });
    await writeAudit(tx, ctx.actor, { what: "job-retry", object: "job", objectId: jobId, data: { vms } });
    return { vms };
  });
}

/** Members in ERROR become OUTDATED again, in the run that they failed in. The job is locked by the caller. */
export async function requeueFailed(tx: Tx, jobId: number, also: { retryAt?: { lte: Date } }): Promise<number> {
  const { count } = await tx.jobVm.updateMany({
    where: { jobId, list: "ERROR", ...also },
    data: { list: "OUTDATED", error: null, retryAt: null },
  });
  if (count === 0) return 0;
  const run = await tx.jobRun.findFirst({ where: { jobId }, orderBy: { id: "desc" }, select: { id: true } });
  if (run !== null) await tx.jobRun.update({ where: { id: run.id }, data: { endedAt: null } });
  await countRun(tx, jobId, new Date());
  await appendEvent(tx, { topic: "job", objectId: jobId, type: "retry" });
  return count;
}
