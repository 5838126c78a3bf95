import type { Execution } from "../job/job";
import type { ScheduledAction, ScheduleParent } from "./action";
import type { SchedulerSettings } from "./pause";
import type { JobLimits } from "./plan-jobs";

/** Where a predicted length comes from: past backups of the VM, its size at its datastore's speed, or nothing at all. */
export type DurationBasis = "history" | "size" | "guess";

/** How long a backup is expected to take, in ms: the middle value, and what nine of ten do not exceed. */
export interface Duration {
  medianMs: number;
  p90Ms: number;
  basis: DurationBasis;
}

/** What a backup is drawn with of which nothing is known. */
export const UNKNOWN_DURATION: Duration = { medianMs: 10 * 60_000, p90Ms: 30 * 60_000, basis: "guess" };

export interface SimJob {
  id: number;
  name: string;
  priority: number;
  execution: Execution;
  /** Epoch ms, null when it is not paused. */
  pausedUntil: number | null;
  /** Who takes part in a run, in order. */
  vmIds: readonly number[];
  datastoreId: number | null;
  /** Left of the run that goes on now. */
  outdated: readonly number[];
}

export interface SimVm {
  id: number;
  name: string;
  /** Null for a VM that was never deployed. */
  hostId: number | null;
  /** The job that it is a member of: single backups of it are refused. */
  jobId: number | null;
  duration: Duration;
}

/** A backup that runs or is queued when the simulation begins. */
export interface SimActive {
  vmId: number;
  jobId: number | null;
  datastoreId: number | null;
  hostId: number | null;
  /** Epoch ms; null while it is queued. */
  startedAt: number | null;
}

export interface SimInput {
  /** Epoch ms, both. */
  from: number;
  until: number;
  schedules: readonly ScheduledAction[];
  jobs: readonly SimJob[];
  vms: ReadonlyMap<number, SimVm>;
  active: readonly SimActive[];
  limits: JobLimits;
  settings: SchedulerSettings;
  /** Datastores of which one writer at a time is the rule: restic repositories. */
  resticIds: ReadonlySet<number>;
}

/** One predicted backup; epoch ms. */
export interface SimBackup {
  vmId: number;
  vmName: string;
  from: number;
  to: number;
}

/** A coming run. */
export interface SimRun {
  scheduleId: number;
  parentType: ScheduleParent;
  parentId: number;
  parentName: string;
  action: string;
  /** Planned time of the schedule, epoch ms. */
  at: number;
  /** When it really begins; null when that is not within the horizon. */
  beginsAt: number | null;
  /** When its last backup ends; null when that is not within the horizon, or the action is not a backup. */
  endsAt: number | null;
  /** The same when every backup takes as long as the slowest of ten. */
  lateEndsAt: number | null;
  /** The first of its backups, at most `MAX_BACKUPS_SHOWN`; `backupCount` says how many there are. */
  backups: SimBackup[];
  backupCount: number;
  /** True while the length of some VM is a guess. */
  isGuess: boolean;
}

export const MAX_BACKUPS_SHOWN = 50;

export const CONFLICT_KINDS = [
  "still-running",
  "restic",
  "over-limit",
  "blackout",
  "outside-window",
  "two-runs",
  "never-deployed",
] as const;
export type ConflictKind = (typeof CONFLICT_KINDS)[number];

export interface SimConflict {
  kind: ConflictKind;
  /** Epoch ms at which it is expected. */
  at: number;
  /** A whole sentence. */
  text: string;
  parentType: ScheduleParent;
  parentId: number;
  scheduleId: number | null;
  /** False: only if backups take as long as the slowest of ten. */
  isLikely: boolean;
}

/** From `at` on this many backups run. */
export interface LoadStep {
  at: number;
  /** In all. */
  running: number;
  /** On the host that has the most. */
  fullestHost: number;
}

export interface Simulation {
  /** In the order of their planned times. */
  runs: SimRun[];
  load: LoadStep[];
  conflicts: SimConflict[];
  /** Epoch ms up to which it was carried; before `until` when there was too much to simulate. */
  reached: number;
}
