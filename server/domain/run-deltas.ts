/** A backup beside the one before it of the same VM and sort, full or increment. */
export interface RunBefore {
  actionId: number;
  /** Epoch ms. */
  endedAt: number;
  bytes: number;
  ms: number;
}

/** How far a figure may go from that of last time before it is worth a word. */
const STRIKING = 3;

/** By how many percent a figure is above that of last time, below it when negative; null when that was nothing. */
export function deltaPercent(now: number, before: number): number | null {
  return before > 0 ? Math.round((100 * (now - before)) / before) : null;
}

/** What an operator should think of when a backup is not like the one before; null when it is. */
export function strikingDelta(now: { bytes: number; ms: number }, before: RunBefore, isFull: boolean): string | null {
  if (before.bytes > 0 && now.bytes >= STRIKING * before.bytes) {
    return isFull
      ? "It stored much more than last time. Has a disk been added or filled?"
      : "Much more changed than last time. A large update is harmless; a program that encrypts or rewrites files is not.";
  }
  if (now.bytes * STRIKING <= before.bytes) {
    return isFull
      ? "It stored much less than last time. Has a disk been left out or emptied?"
      : "Much less changed than last time. Does the guest still work as it should?";
  }
  if (now.ms >= STRIKING * before.ms && before.ms >= 10_000) {
    return "It took much longer than last time. Look at the load of the host, the network and the datastore.";
  }
  return null;
}
