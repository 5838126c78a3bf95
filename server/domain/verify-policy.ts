import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { ObjectId } from "./ids";
import { isInBlackout } from "./schedule/blackout";
import { Blackout } from "./schedule/pause";

const DAY_MS = 24 * 60 * 60_000;
const GIB = 1024 ** 3;

/**
 * When the backups of a datastore are read again by themselves. A backup is due when nobody has checked it for
 * `everyDays`; checks begin only inside the window.
 */
export const VerifyPolicy = z.object({
  everyDays: z.number().int("Give whole days").min(1, "At least 1 day").max(365, "At most 365 days"),
  /** In which checks may begin; what has begun ends after it. */
  window: Blackout,
  /** Checks of this datastore at a time. */
  atOnce: z.number().int("Give a whole number").min(1, "At least 1").max(8, "At most 8"),
  /** GiB that scheduled checks may read in 24 hours; null: no limit. */
  budgetGib: z
    .number()
    .int("Give whole GiB")
    .min(1, "At least 1 GiB")
    .max(1_000_000, "At most 1,000,000 GiB")
    .nullable(),
});
export type VerifyPolicy = z.infer<typeof VerifyPolicy>;

/** Null turns it off. */
export const SetVerifyPolicy = z.object({ datastoreId: ObjectId, policy: VerifyPolicy.nullable() });
export type SetVerifyPolicy = z.infer<typeof SetVerifyPolicy>;

/** A backup of the datastore, as the plan needs it. Times are epoch ms. */
export interface VerifyCandidate {
  imageId: number;
  /** Of its newest point. */
  newestAt: number;
  /** When its points were last read, null: never. */
  checkedAt: number | null;
  /** When a check was last asked for, whatever came of it; null: never. */
  triedAt: number | null;
  bytes: number;
  /** Something reads or changes it, or it cannot be read. */
  isBusy: boolean;
}

export interface VerifyState {
  policy: VerifyPolicy;
  now: number;
  candidates: readonly VerifyCandidate[];
  /** Scheduled checks that are queued or running. */
  active: number;
  /** Bytes of the scheduled checks that were asked for in the last 24 hours. */
  readBytes: number;
  /** Why nothing may begin now, whatever is due: backups, restores, a pause; null: nothing is in the way. */
  blockedBy: string | null;
}

export interface VerifyPlan {
  /** Backups to check now, the one with the newest point first. */
  start: number[];
  /** How many are due. */
  due: number;
  /** Why those that are due wait, for people; null: none waits. */
  waiting: string | null;
  /** Epoch ms at which the next check may begin; null: there is nothing to check. */
  nextAt: number | null;
}

/** Which backups are checked now. Pure: the leader and the datastore page use this very function. */
export function planVerification(state: VerifyState): VerifyPlan {
  const { policy, now, candidates } = state;
  const due = candidates
    .filter((each) => dueAt(each, policy) <= now)
    .sort((a, b) => b.newestAt - a.newestAt || a.imageId - b.imageId);
  const coming = candidates.map((each) => dueAt(each, policy));
  const plan = { start: [], due: due.length, nextAt: null };
  if (coming.length === 0) return { ...plan, waiting: null };
  const nextAt = inWindow(policy, Math.max(now, Math.min(...coming)));
  if (due.length === 0) return { ...plan, waiting: null, nextAt };
  if (!isInBlackout([policy.window], now)) return { ...plan, waiting: "The window is closed.", nextAt };
  if (state.blockedBy !== null) return { ...plan, waiting: state.blockedBy, nextAt };
  const start: number[] = [];
  let bytes = state.readBytes;
  let waiting: string | null = null;
  for (const each of due) {
    if (each.isBusy) {
      waiting ??= "Backups that are due are in use.";
      continue;
    }
    if (state.active + start.length >= policy.atOnce) {
      waiting = `${state.active + start.length} scheduled checks run or wait (limit ${policy.atOnce}).`;
      break;
    }
    // One that is larger than the whole budget is read when nothing else was.
    const isOver = policy.budgetGib !== null && bytes > 0 && bytes + each.bytes > policy.budgetGib * GIB;
    if (isOver) {
      waiting = `The ${policy.budgetGib} GiB for 24 hours are read.`;
      break;
    }
    bytes += each.bytes;
    start.push(each.imageId);
  }
  return { start, due: due.length, waiting, nextAt };
}

/** A check that failed is tried again after a day, not at every pass. */
function dueAt({ checkedAt, triedAt }: VerifyCandidate, { everyDays }: VerifyPolicy): number {
  const due = checkedAt === null ? 0 : checkedAt + everyDays * DAY_MS;
  return triedAt === null ? due : Math.max(due, triedAt + DAY_MS);
}

/** `at`, or the next moment after it at which the window opens. */
function inWindow({ window }: VerifyPolicy, at: number): number {
  if (isInBlackout([window], at)) return at;
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(window.zone);
  for (let days = 0; days <= 7; days++) {
    const date = local.toPlainDate().add({ days });
    if (!window.days.includes(date.dayOfWeek % 7)) continue;
    const opens = date.toZonedDateTime({ timeZone: window.zone, plainTime: window.from }).epochMilliseconds;
    if (opens >= at) return opens;
  }
  return at;
}

/** Scheduled verification of a datastore, as its page shows it. */
export interface VerifyScheduleView {
  policy: VerifyPolicy | null;
  plan: Omit<VerifyPlan, "start"> | null;
  /** Scheduled checks that are queued or running. */
  active: number;
  /** The last check of a backup there, scheduled or not. */
  last: { at: number; actionId: number; state: string } | null;
  /** Points that were read in the last `days`, of all. */
  coverage: { days: number; checked: number; points: number };
}
