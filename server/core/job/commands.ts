import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { ObjectId, ObjectName } from "../../domain/ids";
import { CreateJob, type JobSettings, normalizedVmIds, Priority, UpdateJob } from "../../domain/job/job";
import { ScheduleInput, scheduleVector } from "../../domain/schedule/action";
import type { TemplateVector } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeDatastore, existingVm } from "../authorize";
import { type Ctx, inTx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { insertSchedule } from "../schedule/commands";
import { authorizeJob } from "./authorize";
import { changeMembers, claimedBy, releaseMember } from "./members";
import { jobColumns } from "./rows";
import { lockJob } from "./settle";

/** From this priority on a user needs ADMIN on the job to set it; a new job of theirs may have one less (§1.8). */
const ADMIN_PRIORITY = 50;

/**
 * A backup job with its schedules; all of it or nothing. Rights on the VMs and on the datastore are checked now and at each
 * run (jobs-api-cli §12: the reference does neither).
 */
export async function createJob(
  ctx: Ctx,
  raw: CreateJob,
  schedules: readonly TemplateVector[] = [],
): Promise<{ jobId: number }> {
  const { name, priority, ...settings } = CreateJob.parse(raw);
  if (!Priority.safeParse(priority).success) throw appError("JOB_PRIORITY");
  if (priority > ADMIN_PRIORITY && !ctx.actor.isAdmin) {
    throw appError("ADMIN_ONLY", { what: `give a job a priority above ${ADMIN_PRIORITY}` });
  }
  return await withTx(ctx.core.db, async (tx) => {
    await refuseTakenName(tx, ctx.actor.userId, name);
    await checkDatastore(tx, ctx, settings.datastoreId);
    const jobId = await nextId(tx, "job");
    const vmIds = normalizedVmIds(settings.vmIds);
    await tx.backupJob.create({
      data: {
        ...jobColumns({ ...settings, vmIds }),
        id: jobId,
        name,
        priority,
        uid: ctx.actor.userId,
        gid: ctx.actor.groupIds[0] ?? 0,
      },
    });
    await changeMembers(tx, ctx.actor, jobId, { added: vmIds, removed: [] });
    for (const schedule of schedules) {
      await insertSchedule(tx, ctx, { parentType: "BACKUPJOB", parentId: jobId, vector: schedule });
    }
    await record(tx, ctx, jobId, "created", { what: "job-create", data: { name } });
    return { jobId };
  });
}

/** Change the settings: the form sends all of them. Allowed while a run goes on; new VMs wait for the next one. */
export async function updateJob(ctx: Ctx, raw: UpdateJob): Promise<void> {
  const { jobId, settings } = UpdateJob.parse(raw);
  await inTx(ctx, async (tx) => {
    await lockJob(tx, jobId);
    const job = await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    if (settings.datastoreId !== job.datastoreId) await checkDatastore(tx, ctx, settings.datastoreId);
    await applySettings(tx, ctx, jobId, job.vmIds, settings);
    await record(tx, ctx, jobId, "updated", { what: "job-update", data: { vmIds: settings.vmIds } });
  });
}

async function applySettings(
  tx: Tx,
  ctx: Ctx,
  jobId: number,
  before: readonly number[],
  settings: JobSettings,
): Promise<void> {
  const vmIds = normalizedVmIds(settings.vmIds);
  const added = vmIds.filter((id) => !before.includes(id));
  const removed = before.filter((id) => !vmIds.includes(id));
  await changeMembers(tx, ctx.actor, jobId, { added, removed });
  await tx.backupJob.update({ where: { id: jobId }, data: jobColumns({ ...settings, vmIds }) });
}

/** One more VM at the end of the job's list. @throws JOB_VM_TAKEN it is in another */
export async function addJobMember(tx: Tx, ctx: Ctx, jobId: number, vmId: number): Promise<void> {
  await lockJob(tx, jobId);
  const job = await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
  await existingVm(tx, vmId);
  await changeMembers(tx, ctx.actor, jobId, { added: [vmId], removed: [] });
  await tx.backupJob.update({ where: { id: jobId }, data: { vmIds: normalizedVmIds([...job.vmIds, vmId]) } });
  await record(tx, ctx, jobId, "updated", { what: "job-update", data: { added: vmId } });
}

/** Delete the job and its schedules and free its VMs. Backups that run go on; stored ones stay. */
export async function deleteJob(ctx: Ctx, jobId: number): Promise<void> {
  await withTx(ctx.core.db, async (tx) => {
    await lockJob(tx, jobId);
    const { name } = await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    for (const vmId of await claimedBy(tx, jobId)) await releaseMember(tx, jobId, vmId);
    await tx.scheduledAction.deleteMany({ where: { parentType: "BACKUPJOB", parentId: jobId } });
    await tx.backupJob.delete({ where: { id: jobId } });
    await record(tx, ctx, jobId, "deleted", { what: "job-delete", data: { name } });
  });
}

export const RenameJob = z.object({ jobId: ObjectId, name: ObjectName });

/** A new name, unique among the owner's jobs. */
export async function renameJob(ctx: Ctx, raw: z.input<typeof RenameJob>): Promise<void> {
  const { jobId, name } = RenameJob.parse(raw);
  await inTx(ctx, async (tx) => {
    const job = await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    const other = await tx.backupJob.findFirst({
      where: { uid: job.uid, name, id: { not: jobId } },
      select: { id: true },
    });
    if (other !== null) throw appError("JOB_NAME_COLLIDES", { name, otherJobId: other.id });
    await tx.backupJob.update({ where: { id: jobId }, data: { name } });
    await record(tx, ctx, jobId, "updated", { what: "job-rename", data: { from: job.name, to: name } });
  });
}

/** Priority 0–99: MANAGE up to 49, ADMIN from 50 on. */
export async function setJobPriority(ctx: Ctx, input: { jobId: number; priority: number }): Promise<void> {
  const { jobId, priority } = input;
  if (!Priority.safeParse(priority).success) throw appError("JOB_PRIORITY");
  await inTx(ctx, async (tx) => {
    const job = await authorizeJob(tx, ctx.actor, priority >= ADMIN_PRIORITY ? "ADMIN" : "MANAGE", jobId);
    await tx.backupJob.update({ where: { id: jobId }, data: { priority } });
    await record(tx, ctx, jobId, "updated", { what: "job-priority", data: { from: job.priority, to: priority } });
  });
}

/** Lock against use (1), management (2) or administration (3); 0 unlocks. Its owner or an administrator (§4.2.7). */
export async function lockBackupJob(
  ctx: Ctx,
  input: { jobId: number; level: number; isTest?: boolean },
): Promise<void> {
  const { jobId, level } = z.object({ jobId: ObjectId, level: z.number().int().min(0).max(4) }).parse(input);
  await withTx(ctx.core.db, async (tx) => {
    const job = await authorizeJob(tx, ctx.actor, "MANAGE", jobId, { ignoreLock: true });
    const isForeign = job.lockLevel > 0 && job.lockOwner !== ctx.actor.userId && !ctx.actor.isAdmin;
    const isTaken = input.isTest === true && job.lockLevel > 0;
    if (isForeign || isTaken)
      throw appError("OBJECT_LOCKED", { object: "backup job", id: jobId, ownerName: "another user" });
    const stored = level === 4 ? 1 : level;
    await tx.backupJob.update({
      where: { id: jobId },
      data:
        stored === 0
          ? { lockLevel: 0, lockOwner: null, lockedAt: null }
          : { lockLevel: stored, lockOwner: ctx.actor.userId, lockedAt: new Date(ctx.core.clock.now()) },
    });
    await record(tx, ctx, jobId, "updated", {
      what: stored === 0 ? "job-unlock" : "job-lock",
      data: { level: stored },
    });
  });
}

/** Start nothing of this job before `until` (epoch ms); null goes on. Backups that run are not touched. */
export async function pauseJob(ctx: Ctx, input: { jobId: number; until: number | null }): Promise<void> {
  const { jobId, until } = input;
  await withTx(ctx.core.db, async (tx) => {
    await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    await tx.backupJob.update({ where: { id: jobId }, data: { pausedUntil: until === null ? null : new Date(until) } });
    await record(tx, ctx, jobId, "updated", { what: until === null ? "job-resume" : "job-pause", data: {} });
  });
}

export const CreateJobWithSchedules = CreateJob.extend({ schedules: z.array(ScheduleInput).max(50).default([]) });

/** The browser's form: the job and its schedules in one go. */
export async function createJobFromForm(
  ctx: Ctx,
  raw: z.input<typeof CreateJobWithSchedules>,
): Promise<{ jobId: number }> {
  const { schedules, ...job } = CreateJobWithSchedules.parse(raw);
  return await createJob(ctx, job, schedules.map(scheduleVector));
}

async function checkDatastore(tx: Tx, ctx: Ctx, datastoreId: number | null): Promise<void> {
  if (datastoreId === null) return;
  const datastore = await authorizeDatastore(tx, ctx.actor, "USE", datastoreId);
  if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
}

async function refuseTakenName(tx: Tx, uid: number, name: string): Promise<void> {
  const taken = await tx.backupJob.findFirst({ where: { uid, name }, select: { id: true } });
  if (taken !== null) throw appError("NAME_TAKEN", { object: "backup job", name });
}

async function record(
  tx: Tx,
  ctx: Ctx,
  jobId: number,
  type: string,
  entry: { what: string; data: Record<string, string | number | number[]> },
): Promise<void> {
  await appendEvent(tx, { topic: "job", objectId: jobId, type });
  await writeAudit(tx, ctx.actor, { ...entry, object: "job", objectId: jobId });
}
