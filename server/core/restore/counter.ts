import type { ProgressReporter } from "../action/progress";

/** Progress of the copies of a restore. */
export interface RestoreCounter {
  /** What the driver says of one disk, in whatever unit it counts. */
  report(diskId: number, done: number, total: number): void;
  finished(diskId: number): void;
}

/**
 * Bytes of all disks together, from the reports of one disk after the other. Every disk weighs what is read for it, known
 * before the first report, so the whole never changes; what a driver counts is only the fraction of that. Never backwards,
 * also when a driver starts over.
 */
export function createRestoreCounter(
  progress: Pick<ProgressReporter, "disk" | "bytes">,
  disks: readonly { diskId: number; bytesToRead: number }[],
): RestoreCounter {
  const weights = new Map(disks.map((disk) => [disk.diskId, disk.bytesToRead]));
  const whole = disks.reduce((sum, disk) => sum + disk.bytesToRead, 0);
  const read = new Map<number, number>();

  function advance(diskId: number, fraction: number): void {
    const weight = weights.get(diskId) ?? 0;
    const bytes = Math.max(read.get(diskId) ?? 0, Math.round(weight * Math.min(1, Math.max(0, fraction))));
    read.set(diskId, bytes);
    progress.disk(diskId, bytes, weight);
    progress.bytes(
      [...read.values()].reduce((sum, one) => sum + one, 0),
      whole,
    );
  }

  return {
    report: (diskId, done, total) => advance(diskId, total > 0 ? done / total : 0),
    finished: (diskId) => advance(diskId, 1),
  };
}
