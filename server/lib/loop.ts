import { systemClock } from "./clock";

export interface LoopOptions {
  /** Told of everything a pass throws; the loop goes on. */
  onError(error: unknown): void;
  /** Sleeps between passes; tests pass a clock they move. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Call `fn` again and again with `everyMs` between the end of one pass and the start of the next, so that passes never
 * overlap (setInterval does overlap, and hides rejections). Resolves when `signal` is aborted and the running pass has
 * ended; never rejects.
 */
export async function loop(
  fn: (signal: AbortSignal) => Promise<void> | void,
  everyMs: number,
  signal: AbortSignal,
  { onError, sleep = systemClock.sleep }: LoopOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await fn(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    if (!signal.aborted) await sleep(everyMs, signal);
  }
}
