import type { DriverLog } from "../../action";

/** Adds up the bytes of the disks of one action. Totals are known before the first byte moves. */
export class DiskProgress {
  readonly #log: DriverLog;
  readonly #disks: Map<number, { done: number; total: number }>;

  constructor(log: DriverLog, totals: Iterable<readonly [diskId: number, bytes: number]>) {
    this.#log = log;
    this.#disks = new Map([...totals].map(([id, total]) => [id, { done: 0, total }]));
    this.#report();
  }

  /** Bytes of one disk that have been copied so far. */
  update(diskId: number, done: number): void {
    const disk = this.#disks.get(diskId);
    const next = Math.min(Math.max(done, disk?.done ?? 0), disk?.total ?? 0);
    if (disk === undefined || next === disk.done) return;
    disk.done = next;
    this.#log.progressDisk(diskId, disk.done, disk.total);
    this.#report();
  }

  finish(diskId: number): void {
    this.update(diskId, this.#disks.get(diskId)?.total ?? 0);
  }

  #report(): void {
    const all = [...this.#disks.values()];
    const sum = (pick: (disk: { done: number; total: number }) => number) => all.reduce((n, disk) => n + pick(disk), 0);
    this.#log.progress(
      sum((disk) => disk.done),
      sum((disk) => disk.total),
    );
  }
}
