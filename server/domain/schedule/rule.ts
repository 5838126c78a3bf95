import { Temporal } from "temporal-polyfill";
import { z } from "zod";

/** How a scheduled action repeats; the order is OpenNebula's numbers 0–3, `none` is -1. */
export const REPEATS = ["weekly", "monthly", "yearly", "hourly"] as const;
export type Repeat = (typeof REPEATS)[number] | "none";
/** When a repeated action ends; `none` is -1, then 0, 1, 2. */
export const END_TYPES = ["never", "times", "date"] as const;
export type EndType = (typeof END_TYPES)[number] | "none";

export const TimeZone = z
  .string()
  .max(64)
  .refine((zone) => isTimeZone(zone), "This time zone is not known; use a name like Europe/Madrid or UTC");

/**
 * When a scheduled action runs. Times are epoch seconds; days and clock times are those of `zone`.
 * The meaning of DAYS follows `repeat`: weekday 0 Sunday … 6, day of month 1–31, day of year 0–365, or one number of hours
 * (jobs-api-cli §2.3).
 */
export interface ScheduleRule {
  /** Next time, or the last one when nothing follows. */
  time: number;
  /** Clock time `HH:MM:SS` that repeats aim at: a run that daylight saving has moved goes back to it afterwards. */
  clock: string;
  repeat: Repeat;
  days: readonly number[];
  endType: EndType;
  /** Repetitions left (`times`), or epoch seconds (`date`); -1 for none. */
  endValue: number;
  zone: string;
}

function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The clock time of an instant in a zone, as `HH:MM:SS`. */
export function clockOf(time: number, zone: string): string {
  return zoned(time, zone).toPlainTime().toString({ smallestUnit: "second" });
}

/**
 * The rule after a run, armed for its next time; null when it is finished. As OpenNebula's re-arm (jobs-api-cli §2.5),
 * with the corrections of §12: computed from the planned time, not from the moment of the run, so a late run shifts
 * nothing; advanced until it lies after `now`, so that a long outage does not end a schedule; nothing after a dated end;
 * the clock time survives daylight saving.
 *
 * `times` counts repetitions: n of them make n + 1 runs.
 */
export function rearm(rule: ScheduleRule, now: number): ScheduleRule | null {
  if (rule.repeat === "none" || rule.days.length === 0) return null;
  if (rule.endType === "times" && rule.endValue <= 0) return null;
  const time = rule.repeat === "hourly" ? nextHourly(rule, now) : nextByDay(rule, now);
  if (rule.endType === "date" && time > rule.endValue) return null;
  return { ...rule, time, endValue: rule.endType === "times" ? rule.endValue - 1 : rule.endValue };
}

/** The coming times of a rule, the first being its own, each run on time; at most `limit` of them, none after `until`. */
export function upcoming(rule: ScheduleRule, until: number, limit: number): number[] {
  const times: number[] = [];
  let next: ScheduleRule | null = rule;
  while (next !== null && next.time <= until && times.length < limit) {
    times.push(next.time);
    next = rearm(next, next.time);
  }
  return times;
}

function nextHourly(rule: ScheduleRule, now: number): number {
  const step = Math.max(1, rule.days[0] ?? 1) * 3600;
  return rule.time + step * Math.max(1, Math.floor((now - rule.time) / step) + 1);
}

function nextByDay(rule: ScheduleRule, now: number): number {
  const clock = Temporal.PlainTime.from(rule.clock);
  let date = zoned(rule.time, rule.zone).toPlainDate();
  const target = zoned(Math.max(now, rule.time), rule.zone).toPlainDate();
  for (;;) {
    date = date.add({ days: daysToNext(rule, date) });
    if (Temporal.PlainDate.compare(date, target) < 0) continue;
    const time = Math.floor(
      date.toZonedDateTime({ timeZone: rule.zone, plainTime: clock }).toInstant().epochMilliseconds / 1000,
    );
    if (time > Math.max(now, rule.time)) return time;
  }
}

/** Days from a date to the next of the rule, counted as the reference does: short months overflow into the next. */
function daysToNext(rule: ScheduleRule, date: Temporal.PlainDate): number {
  const [current, period] = positionOf(rule.repeat, date);
  const days = [...rule.days].sort((a, b) => a - b);
  const later = days.find((day) => day > current);
  return later === undefined ? period - current + (days[0] ?? 0) : later - current;
}

function positionOf(repeat: Repeat, date: Temporal.PlainDate): [current: number, period: number] {
  if (repeat === "weekly") return [date.dayOfWeek % 7, 7];
  if (repeat === "monthly") return [date.day, date.daysInMonth];
  return [date.dayOfYear - 1, date.daysInYear];
}

function zoned(time: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time * 1000).toZonedDateTimeISO(zone);
}
