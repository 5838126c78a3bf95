/** A planned run with what is known of its length. */
export interface LoadRun {
  scheduleId: number;
  parentType: "VM" | "BACKUPJOB";
  parentId: number;
  parentName: string;
  action: string;
  /** Epoch ms. */
  at: number;
  /** Median of its last runs in ms; null when it never ran. */
  medianMs: number | null;
  /** Backups that it has running at once: 1, or the number of VMs of a parallel job. */
  width: number;
}

/** A run as the calendar shows it. */
export interface PlannedRun extends LoadRun {
  /** Zone of its schedule. */
  zone: string;
  /** Last error of its schedule, empty after a success. */
  message: string;
  /** A paused job is drawn, but does not begin. */
  isPaused: boolean;
}

/** What a run without history is drawn with. */
export const UNKNOWN_MS = 10 * 60_000;

/** Backups that are expected to run in each of `bins` equal parts of `from`…`to` (epoch ms): the most at one moment. */
export function predictLoad(runs: readonly LoadRun[], range: { from: number; to: number }, bins: number): number[] {
  const size = (range.to - range.from) / bins;
  const load = Array.from({ length: bins }, () => 0);
  const backups = runs.filter(isBackup);
  for (let bin = 0; bin < bins; bin++) {
    const start = range.from + bin * size;
    const end = start + size;
    const here = backups.filter((run) => run.at < end && endOf(run) > start);
    // The number changes only where a run begins.
    const moments = [start, ...here.map((run) => run.at).filter((at) => at > start)];
    for (const moment of moments) {
      const sum = here.reduce((total, run) => (run.at <= moment && endOf(run) > moment ? total + run.width : total), 0);
      load[bin] = Math.max(load[bin] ?? 0, sum);
    }
  }
  return load;
}

export interface Conflict {
  kind: "still-running" | "over-limit";
  /** Epoch ms at which it is expected. */
  at: number;
  text: string;
  parentType: LoadRun["parentType"];
  parentId: number;
}

/**
 * What is expected to go wrong: a job that is due while its run before goes on (such a run is refused), and moments with
 * more backups than MAX_BACKUPS, where some wait. By the medians of history; runs without history make no conflict.
 */
export function findConflicts(runs: readonly LoadRun[], limits: { maxBackups: number }): Conflict[] {
  const conflicts: Conflict[] = [];
  const sorted = runs.filter((run) => isBackup(run) && run.medianMs !== null).sort((a, b) => a.at - b.at);
  const last = new Map<string, LoadRun>();
  let running: LoadRun[] = [];
  for (const run of sorted) {
    const key = `${run.parentType} ${run.parentId}`;
    const before = last.get(key);
    const place = { at: run.at, parentType: run.parentType, parentId: run.parentId };
    if (before !== undefined && endOf(before) > run.at) {
      const minutes = Math.ceil((endOf(before) - run.at) / 60_000);
      const rest = minutes === 1 ? "1 minute" : `${minutes} minutes`;
      conflicts.push({
        ...place,
        kind: "still-running",
        text: `${run.parentName} is due while its run before goes on for about ${rest} more; this run will be refused.`,
      });
      continue;
    }
    last.set(key, run);
    running = running.filter((one) => endOf(one) > run.at);
    const wasOver = isOver(running, limits.maxBackups);
    running.push(run);
    if (isOver(running, limits.maxBackups) && !wasOver) {
      conflicts.push({
        ...place,
        kind: "over-limit",
        text: `${widthOf(running)} backups want to run at once from here on (MAX_BACKUPS ${limits.maxBackups}); the others wait.`,
      });
    }
  }
  return conflicts;
}

function widthOf(runs: readonly LoadRun[]): number {
  return runs.reduce((sum, run) => sum + run.width, 0);
}

function isOver(runs: readonly LoadRun[], maxBackups: number): boolean {
  return maxBackups > 0 && widthOf(runs) > maxBackups;
}

function isBackup(run: LoadRun): boolean {
  return run.action === "backup";
}

function endOf(run: LoadRun): number {
  return run.at + (run.medianMs ?? UNKNOWN_MS);
}

/** The middle value, of an even number the mean of the two; null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
