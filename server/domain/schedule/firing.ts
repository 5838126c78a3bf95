import { isDue, type ScheduledAction } from "./action";
import { rearm, type ScheduleRule } from "./rule";

/** A run that is later than this has missed its time; a `skip` schedule then goes on with the next. */
export const MISSED_SECONDS = 600;

/** What a due schedule does now. */
export interface Firing {
  /** Its time passed too long ago and it does not catch up: nothing is run. */
  isMissed: boolean;
  /** Armed for the next time; null when this was the last. */
  next: ScheduleRule | null;
}

/**
 * What becomes of a schedule at `now` (epoch seconds); null when it is not due. The leader and the simulator ask this very
 * function, so that what is foretold is what happens.
 */
export function fire(schedule: Pick<ScheduledAction, "rule" | "done" | "catchUp">, now: number): Firing | null {
  if (!isDue(schedule, now)) return null;
  return {
    isMissed: now - schedule.rule.time > MISSED_SECONDS && schedule.catchUp === "skip",
    next: rearm(schedule.rule, now),
  };
}
