import { Temporal } from "temporal-polyfill";

/** A day of the calendar: its date and its two ends in epoch ms; a day of a clock change is not 24 hours long. */
export interface CalendarDay {
  date: string;
  from: number;
  to: number;
}

/** `count` days from the one of `at` on, in a zone. */
export function daysFrom(at: number, zone: string, count: number): CalendarDay[] {
  const first = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  return daysOf(first, zone, count);
}

/** The weeks (Monday first) that hold the month of `at`. */
export function monthOf(at: number, zone: string): CalendarDay[][] {
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  const first = date.with({ day: 1 });
  const monday = first.subtract({ days: first.dayOfWeek - 1 });
  const weeks = Math.ceil((first.dayOfWeek - 1 + first.daysInMonth) / 7);
  const days = daysOf(monday, zone, weeks * 7);
  return Array.from({ length: weeks }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

function daysOf(first: Temporal.PlainDate, zone: string, count: number): CalendarDay[] {
  return Array.from({ length: count }, (_, index) => {
    const date = first.add({ days: index });
    const from = date.toZonedDateTime(zone).epochMilliseconds;
    const to = date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
    return { date: date.toString(), from, to };
  });
}

/** The runs of a day, in their order. */
export function runsOfDay<R extends { at: number }>(runs: readonly R[], day: CalendarDay): R[] {
  return runs.filter((run) => run.at >= day.from && run.at < day.to);
}
