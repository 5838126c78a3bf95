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

/** The middle value, of an even number the mean of the two; null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
