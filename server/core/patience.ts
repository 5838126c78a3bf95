import { isDatabaseAway } from "../db/transient";
import type { Clock } from "../lib/clock";
import { attempt } from "../lib/outcome";

/** About two minutes: a restart takes seconds, recovery after a crash or a fail-over longer. */
const WAITS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000];

/**
 * Do `work` again while the database is away, and give up with its error after two minutes. For work that can be repeated:
 * an outage of the database must not fail an hour of copying.
 */
export async function patiently<T>(clock: Pick<Clock, "sleep">, work: () => Promise<T>): Promise<T> {
  for (const waitMs of WAITS_MS) {
    const tried = await attempt(work);
    if (tried.ok) return tried.value;
    if (!isDatabaseAway(tried.error)) throw tried.error;
    await clock.sleep(waitMs);
  }
  return await work();
}
