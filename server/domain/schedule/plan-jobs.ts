import type { Execution } from "../job/job";

export interface PlanVm {
  /** Null for a VM that was never deployed: it has no host and cannot begin. */
  hostId: number | null;
}

export interface PlanJob {
  id: number;
  priority: number;
  execution: Execution;
  isPaused: boolean;
  /** OUTDATED members in the order of BACKUP_VMS. */
  outdated: readonly number[];
  /** Backups of this job that run or are queued. */
  backingUp: number;
}

export interface JobState {
  jobs: readonly PlanJob[];
  /** VMs that exist and are not DONE. */
  vms: ReadonlyMap<number, PlanVm>;
  /** Backups that run or are queued, of every origin. */
  active: number;
  activeOnHost: ReadonlyMap<number, number>;
}

export interface JobLimits {
  maxBackups: number;
  maxBackupsHost: number;
}

/** What holds a VM back, for those that decide by it. */
export type WaitKind = "paused" | "never-deployed" | "priority" | "sequential" | "limit" | "host-limit";

export interface JobPlan {
  start: { jobId: number; vmId: number }[];
  /** Members whose VM is gone: they leave the job. */
  drop: { jobId: number; vmId: number }[];
  /** Why each other outdated VM waits. */
  waiting: { jobId: number; vmId: number; kind: WaitKind; reason: string }[];
}

/**
 * Which VMs of which jobs begin their backup now. Pure: the leader, the job page and the simulator use this very function.
 *
 * The reference's rules (jobs-api-cli §1.7, §3.4) with the corrections of §12: strict priority, ascending ids among
 * equals, one VM of a sequential job at a time; but a full host holds back only its own VMs, and neither it nor a VM that
 * was never deployed, nor a paused job, keeps lower priorities from the slots.
 */
export function planJobs(state: JobState, limits: JobLimits): JobPlan {
  const plan: JobPlan = { start: [], drop: [], waiting: [] };
  const perHost = new Map(state.activeOnHost);
  let active = state.active;
  let level: number | null = null;
  const isFull = (count: number, limit: number) => limit > 0 && count >= limit;
  const jobs = [...state.jobs].sort((a, b) => b.priority - a.priority || a.id - b.id);

  for (const job of jobs) {
    let { backingUp } = job;
    let doesHold = false;
    for (const vmId of job.outdated) {
      const wait = (kind: WaitKind, reason: string) => plan.waiting.push({ jobId: job.id, vmId, kind, reason });
      const vm = state.vms.get(vmId);
      if (vm === undefined) plan.drop.push({ jobId: job.id, vmId });
      else if (job.isPaused) wait("paused", "The job is paused");
      else if (vm.hostId === null) wait("never-deployed", "The VM was never deployed");
      else if (level !== null && level > job.priority) wait("priority", `Jobs of priority ${level} go first`);
      else if (job.execution === "SEQUENTIAL" && backingUp > 0) {
        doesHold = true;
        wait("sequential", "The job backs up one VM after the other");
      } else if (isFull(active, limits.maxBackups)) {
        doesHold = true;
        wait("limit", `${active} backups are running (limit MAX_BACKUPS ${limits.maxBackups})`);
      } else if (isFull(perHost.get(vm.hostId) ?? 0, limits.maxBackupsHost)) {
        wait(
          "host-limit",
          `${perHost.get(vm.hostId) ?? 0} backups are running on its host (limit MAX_BACKUPS_HOST ${limits.maxBackupsHost})`,
        );
      } else {
        doesHold = true;
        active += 1;
        backingUp += 1;
        perHost.set(vm.hostId, (perHost.get(vm.hostId) ?? 0) + 1);
        plan.start.push({ jobId: job.id, vmId });
      }
    }
    if (doesHold) level = job.priority;
  }
  return plan;
}
