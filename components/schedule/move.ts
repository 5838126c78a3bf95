import { Temporal } from "temporal-polyfill";
import type { ScheduledAction, ScheduleInput } from "@/server/domain/schedule/action";
import { type ReadSchedule, readSchedule, type ScheduleValues, valuesOfSchedule } from "./schedule-values";

/** A day and a clock time in the schedule's own zone. */
export interface MoveTarget {
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM` */
  clock: string;
}

/** Where a moment (epoch ms) lies in a zone. */
export function targetAt(at: number, zone: string): MoveTarget {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return { date: local.toPlainDate().toString(), clock: local.toPlainTime().toString({ smallestUnit: "minute" }) };
}

/**
 * The schedule whose run of `runAt` (epoch ms) is moved to `target`. One that repeats by days changes that day for the other
 * one, and all its runs take the new clock time; one that repeats by hours is shifted as a whole.
 */
export function movedSchedule(schedule: ScheduledAction, runAt: number, target: MoveTarget, now: number): ReadSchedule {
  const values = valuesOfSchedule(schedule);
  return readSchedule({ ...values, ...movedPart(values, runAt, target) }, now);
}

function movedPart(values: ScheduleValues, runAt: number, { date, clock }: MoveTarget): Partial<ScheduleValues> {
  if (values.repeat === "none") return { date, clock };
  const from = targetAt(runAt, values.zone);
  if (values.repeat === "hourly") {
    const shift = epoch({ date, clock }, values.zone) - epoch(from, values.zone);
    return targetAt(epoch({ date: values.date, clock: values.clock.slice(0, 5) }, values.zone) + shift, values.zone);
  }
  const first = date < values.date ? date : values.date;
  if (from.date === date) return { date: first, clock };
  const [before, after] = [positionOf(values.repeat, from.date), positionOf(values.repeat, date)];
  const days = [...new Set([...values.days.filter((day) => day !== before), after])].sort((a, b) => a - b);
  return { date: first, clock, days };
}

function positionOf(repeat: "weekly" | "monthly" | "yearly", text: string): number {
  const date = Temporal.PlainDate.from(text);
  if (repeat === "weekly") return date.dayOfWeek % 7;
  return repeat === "monthly" ? date.day : date.dayOfYear - 1;
}

function epoch({ date, clock }: MoveTarget, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime: clock }).epochMilliseconds;
}

/** What gives a schedule back its stored rule: for the undo of a change. */
export function inputOfSchedule({ rule, catchUp }: ScheduledAction): ScheduleInput {
  const { time, repeat, days, endType, endValue, zone } = rule;
  return { time, repeat, days: [...days], endType, endValue, zone, catchUp };
}
