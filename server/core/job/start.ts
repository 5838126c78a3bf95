import type { Prisma } from "../../db/client";
import { type Tx, withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { AppError, appError, reasonOf } from "../../domain/errors";
import type { JobSettings } from "../../domain/job/job";
import { admitBackup } from "../backup/request";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { lockVm } from "../lock";
import { loadActor } from "../user/actor";
import { parseVm } from "../vm/rows";
import { isChainDue, mergePolicy } from "./policy";
import { jobSettings } from "./rows";
import { countRun, endMember, lockJob } from "./settle";

/**
 * Begin the backup of one member: the job's policy goes into the VM's settings, then the checks of an ordinary backup with
 * the rights of the job's owner. What refuses puts the VM into ERROR with the reason (jobs-api-cli §1.7).
 */
export async function startMember(core: Core, jobId: number, vmId: number): Promise<void> {
  try {
    await withTx(core.db, (tx) => start(tx, core, jobId, vmId));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await withTx(core.db, (tx) => refuse(tx, core, { jobId, vmId, reason: reasonOf(error) }));
  }
}

async function start(tx: Tx, core: Core, jobId: number, vmId: number): Promise<void> {
  const job = await lockJob(tx, jobId);
  const where = { jobId_vmId: { jobId, vmId } };
  const member = await tx.jobVm.findUnique({ where });
  if (job === null || member?.list !== "OUTDATED") return;
  const settings = jobSettings(job);
  const owner = await ownerOf(tx, job);
  await lockVm(tx, vmId);
  const row = await tx.vm.findUnique({ where: { id: vmId } });
  if (row === null || row.state === "DONE") return await dropMember(tx, jobId, vmId);
  const vm = parseVm(row);
  const backupConfig = mergePolicy(vm, settings);
  await tx.vm.update({ where: { id: vmId }, data: { backupConfig } });
  const isNewChain = settings.reset || (await isOldChain(tx, core, backupConfig.incrementalBackupId, settings));
  const run = await tx.jobRun.findFirst({ where: { jobId }, orderBy: { id: "desc" }, select: { id: true } });
  const { actionId } = await admitBackup(
    tx,
    owner,
    { vmId, datastoreId: settings.datastoreId, reset: isNewChain },
    { job: { jobId, runId: run?.id ?? null } },
  );
  await tx.jobVm.update({ where, data: { list: "BACKING_UP", actionId, error: null } });
  await appendEvent(tx, { topic: "job", objectId: jobId, type: "member", data: { vmId } });
}

async function ownerOf(tx: Tx, job: Prisma.BackupJobModel): Promise<Actor> {
  return await loadActor(tx, job.uid).catch(() => {
    throw appError("ACTOR_GONE", { name: `of id ${job.uid}` });
  });
}

async function isOldChain(tx: Tx, core: Core, imageId: number, { policy }: JobSettings): Promise<boolean> {
  if (imageId === -1) return false;
  const points = await tx.increment.aggregate({ where: { imageId }, _count: true, _min: { at: true } });
  const chain = { points: points._count, firstAt: points._min.at?.getTime() ?? null };
  return isChainDue(chain, policy, core.clock.now());
}

async function refuse(tx: Tx, core: Core, at: { jobId: number; vmId: number; reason: string }): Promise<void> {
  const { jobId, vmId, reason } = at;
  const now = new Date(core.clock.now());
  const member = await tx.jobVm.findUnique({ where: { jobId_vmId: { jobId, vmId } }, select: { list: true } });
  if (member?.list !== "OUTDATED") return;
  await tx.jobVm.update({ where: { jobId_vmId: { jobId, vmId } }, data: { actionId: null } });
  await endMember(tx, { jobId, vmId, actionId: null, at: now, error: reason, mayRetry: true });
  await tx.backupJob.update({ where: { id: jobId }, data: { error: `VM ${vmId}: ${reason}`.slice(0, 2000) } });
}

/** A VM that is gone leaves the run and the job's list. */
export async function dropMember(tx: Tx, jobId: number, vmId: number): Promise<void> {
  const job = await lockJob(tx, jobId);
  if (job === null) return;
  await tx.jobVm.deleteMany({ where: { jobId, vmId } });
  await tx.backupJob.update({ where: { id: jobId }, data: { vmIds: job.vmIds.filter((id) => id !== vmId) } });
  await countRun(tx, jobId, new Date());
  await appendEvent(tx, { topic: "job", objectId: jobId, type: "member", data: { vmId } });
}
