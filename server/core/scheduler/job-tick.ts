import { withTx } from "../../db/tx";
import type { Execution } from "../../domain/job/job";
import { isInBlackout } from "../../domain/schedule/blackout";
import { type JobPlan, type JobState, planJobs } from "../../domain/schedule/plan-jobs";
import type { Core } from "../core";
import { requeueFailed } from "../job/execute";
import { lockJob } from "../job/settle";
import { dropMember, startMember } from "../job/start";
import { runDueSchedules } from "../schedule/run-due";
import { readLimits, readSchedulerSettings } from "../settings";

/** What waits in jobs and what runs, in constantly many queries. */
export async function readJobState(core: Core): Promise<JobState> {
  const members = await core.db.jobVm.findMany({
    where: { list: { in: ["OUTDATED", "BACKING_UP"] } },
    select: { jobId: true, vmId: true, list: true },
  });
  const jobIds = [...new Set(members.map((member) => member.jobId))];
  const [jobs, vms, running] = await Promise.all([
    core.db.backupJob.findMany({
      where: { id: { in: jobIds } },
      select: { id: true, priority: true, execution: true, pausedUntil: true, vmIds: true },
    }),
    core.db.vm.findMany({
      where: { id: { in: members.map((member) => member.vmId) }, state: { not: "DONE" } },
      select: { id: true, hostId: true, _count: { select: { history: true } } },
    }),
    core.db.action.findMany({
      where: { kind: "backup", state: { in: ["PENDING", "RUNNING"] } },
      select: { hostId: true },
    }),
  ]);
  const activeOnHost = new Map<number, number>();
  for (const { hostId } of running) if (hostId !== null) activeOnHost.set(hostId, (activeOnHost.get(hostId) ?? 0) + 1);
  const now = core.clock.now();
  const byJob = new Map<number, typeof members>();
  for (const member of members) {
    const list = byJob.get(member.jobId) ?? [];
    list.push(member);
    byJob.set(member.jobId, list);
  }
  return {
    jobs: jobs.map((job) => ({
      id: job.id,
      priority: job.priority,
      execution: job.execution as Execution, // written only by the core
      isPaused: job.pausedUntil !== null && job.pausedUntil.getTime() > now,
      outdated: inOrder(byJob.get(job.id) ?? [], job.vmIds),
      backingUp: (byJob.get(job.id) ?? []).filter((member) => member.list === "BACKING_UP").length,
    })),
    vms: new Map(vms.map((vm) => [vm.id, { hostId: vm._count.history === 0 ? null : vm.hostId }])),
    active: running.length,
    activeOnHost,
  };
}

/** OUTDATED members in the order of BACKUP_VMS; those that a rule has found come after, by id. */
function inOrder(members: readonly { vmId: number; list: string }[], vmIds: readonly number[]): number[] {
  const place = new Map(vmIds.map((vmId, index) => [vmId, index]));
  const at = (vmId: number) => place.get(vmId) ?? vmIds.length;
  return members
    .filter((member) => member.list === "OUTDATED")
    .map((member) => member.vmId)
    .sort((a, b) => at(a) - at(b) || a - b);
}

/**
 * The leader's work for jobs and schedules, in the reference's order: due schedules, then members of jobs (jobs-api-cli §3.2).
 * It only queues backups; the pass that follows starts them.
 */
export async function jobTick(core: Core): Promise<void> {
  const settings = await readSchedulerSettings(core.db);
  await runDueSchedules(core, settings);
  await requeueDue(core);
  const now = core.clock.now();
  if ((settings.pausedUntil ?? 0) > now || isInBlackout(settings.blackouts, now)) return;
  const plan = await readPlan(core);
  for (const { jobId, vmId } of plan.drop) await withTx(core.db, (tx) => dropMember(tx, jobId, vmId));
  for (const { jobId, vmId } of plan.start) await startMember(core, jobId, vmId);
}

/** What would begin now and why the rest waits; the job page shows the same. */
export async function readPlan(core: Core): Promise<JobPlan> {
  const state = await readJobState(core);
  if (state.jobs.length === 0) return { start: [], drop: [], waiting: [] };
  return planJobs(state, await readLimits(core.db));
}

/** Failed members whose automatic try is due. */
async function requeueDue(core: Core): Promise<void> {
  const due = { lte: new Date(core.clock.now()) };
  const rows = await core.db.jobVm.findMany({
    where: { list: "ERROR", retryAt: due },
    select: { jobId: true },
    distinct: ["jobId"],
  });
  for (const { jobId } of rows) {
    await withTx(core.db, async (tx) => {
      await lockJob(tx, jobId);
      await requeueFailed(tx, jobId, { retryAt: due });
    });
  }
}
