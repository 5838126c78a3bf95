import { Temporal } from "temporal-polyfill";
import { t } from "@/components/i18n/t";
import type { ScheduledAction, ScheduleInput } from "@/server/domain/schedule/action";
import { type Repeat, type ScheduleRule, TimeZone } from "@/server/domain/schedule/rule";

/** A schedule as its form holds it: what people type, in the schedule's own zone. */
export interface ScheduleValues {
  /** Key of its row in a list of schedules. */
  key: string;
  /** Null for one that is not stored yet. */
  scheduleId: number | null;
  repeat: Repeat;
  days: number[];
  /** `YYYY-MM-DD`: the first day on which it may run. */
  date: string;
  /** `HH:MM`, with seconds if wanted. */
  clock: string;
  endType: "never" | "times" | "date";
  endTimes: string;
  endDate: string;
  zone: string;
  catchUp: "once" | "skip";
  /** It has run for the last time: shown, and kept as it is. */
  isFinished: boolean;
}

export type ScheduleErrors = Partial<Record<"days" | "date" | "clock" | "end" | "zone", string>>;

let made = 0;

/** A new schedule: every night at 02:00 from tomorrow on. `now` is epoch ms. */
export function newSchedule(zone: string, now: number, part: Partial<ScheduleValues> = {}): ScheduleValues {
  const today = zonedAt(now, zone).toPlainDate();
  return {
    key: `new-${++made}`,
    scheduleId: null,
    repeat: "weekly",
    days: [0, 1, 2, 3, 4, 5, 6],
    date: today.toString(),
    clock: "02:00",
    endType: "never",
    endTimes: "10",
    endDate: today.add({ months: 1 }).toString(),
    zone,
    catchUp: "once",
    isFinished: false,
    ...part,
  };
}

/** A stored schedule in its form. */
export function valuesOfSchedule({ id, rule, catchUp, done }: ScheduledAction): ScheduleValues {
  const local = zonedAt(rule.time * 1000, rule.zone);
  const end = rule.endType === "date" ? zonedAt(rule.endValue * 1000, rule.zone) : local.add({ months: 1 });
  return {
    key: `stored-${id}`,
    scheduleId: id,
    repeat: rule.repeat,
    days: [...rule.days],
    date: local.toPlainDate().toString(),
    clock: rule.clock.endsWith(":00") ? rule.clock.slice(0, 5) : rule.clock,
    endType: rule.endType === "none" ? "never" : rule.endType,
    endTimes: rule.endType === "times" ? String(rule.endValue) : "10",
    endDate: end.toPlainDate().toString(),
    zone: rule.zone,
    catchUp,
    isFinished: rule.time <= done,
  };
}

export type ReadSchedule =
  | { input: Required<Omit<ScheduleInput, "action" | "args">>; rule: ScheduleRule; errors: null }
  | { input: null; rule: null; errors: ScheduleErrors };

/** What the form means, or what is wrong with it. The first time is the first day of the rule that is still to come. */
export function readSchedule(values: ScheduleValues, now: number): ReadSchedule {
  const errors: ScheduleErrors = {};
  const date = plainDate(values.date);
  const clock = plainTime(values.clock);
  const days = values.repeat === "none" ? [] : values.days;
  if (!TimeZone.safeParse(values.zone).success) errors.zone = t("Choose a time zone that exists, like Europe/Madrid.");
  if (date === null) errors.date = t("Give a date.");
  if (clock === null) errors.clock = t("Give a time like 02:30.");
  if (values.repeat !== "none" && days.length === 0) errors.days = t("Choose at least one.");
  if (values.repeat === "hourly" && !days.every((hours) => Number.isInteger(hours) && hours >= 1 && hours <= 167)) {
    errors.days = t("Give a whole number of hours from 1 to 167.");
  }
  const end = readEnd(values);
  if (end === null) {
    errors.end = values.endType === "date" ? t("Give the last day.") : t("Give a whole number of times.");
  }
  if (date === null || clock === null || end === null || Object.keys(errors).length > 0) {
    return { input: null, rule: null, errors };
  }
  const time = firstTime({ repeat: values.repeat, days, date, clock, zone: values.zone }, now);
  if (time === null) {
    const field = values.repeat === "none" || values.repeat === "hourly" ? "date" : "days";
    return {
      input: null,
      rule: null,
      errors: { [field]: t("This never comes. Choose a time that is still to come.") },
    };
  }
  const input = { time, repeat: values.repeat, days, zone: values.zone, catchUp: values.catchUp, ...end };
  return { input, rule: { ...input, clock: clock.toString({ smallestUnit: "second" }) }, errors: null };
}

interface Aim {
  repeat: Repeat;
  days: readonly number[];
  date: Temporal.PlainDate;
  clock: Temporal.PlainTime;
  zone: string;
}

/** Epoch seconds of the first run; null when there is none within two leap years. */
function firstTime({ repeat, days, date, clock, zone }: Aim, now: number): number | null {
  const at = (day: Temporal.PlainDate) => day.toZonedDateTime({ timeZone: zone, plainTime: clock }).epochMilliseconds;
  if (repeat === "none") return at(date) > now ? at(date) / 1000 : null;
  if (repeat === "hourly") {
    // A beginning that has passed goes on in its steps.
    const step = (days[0] ?? 1) * 3_600_000;
    const behind = Math.max(0, Math.floor((now - at(date)) / step) + 1);
    return (at(date) + (at(date) > now ? 0 : behind * step)) / 1000;
  }
  const today = zonedAt(now, zone).toPlainDate();
  let day = Temporal.PlainDate.compare(date, today) < 0 ? today : date;
  for (let tries = 0; tries < 9 * 366; tries++) {
    if (days.includes(positionOf(repeat, day)) && at(day) > now) return at(day) / 1000;
    day = day.add({ days: 1 });
  }
  return null;
}

function positionOf(repeat: Repeat, day: Temporal.PlainDate): number {
  if (repeat === "weekly") return day.dayOfWeek % 7;
  return repeat === "monthly" ? day.day : day.dayOfYear - 1;
}

function readEnd(values: ScheduleValues): { endType: "never" | "times" | "date"; endValue: number } | null {
  const { endType } = values;
  if (values.repeat === "none" || endType === "never") return { endType: "never", endValue: -1 };
  if (endType === "times") {
    return /^\d{1,6}$/.test(values.endTimes) ? { endType, endValue: Number(values.endTimes) } : null;
  }
  const date = plainDate(values.endDate);
  if (date === null || !TimeZone.safeParse(values.zone).success) return null;
  const night = date.toZonedDateTime({ timeZone: values.zone, plainTime: "23:59:59" });
  return { endType, endValue: Math.floor(night.epochMilliseconds / 1000) };
}

function zonedAt(at: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}

function plainDate(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}

function plainTime(text: string): Temporal.PlainTime | null {
  return /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(text) ? Temporal.PlainTime.from(text) : null;
}
