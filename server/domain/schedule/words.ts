import { Temporal } from "temporal-polyfill";
import type { ScheduleRule } from "./rule";

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

type Described = Pick<ScheduleRule, "time" | "clock" | "zone" | "repeat" | "days" | "endType" | "endValue">;

/** A schedule as a sentence: "every Monday and Friday at 02:30, Europe/Madrid, until 4 Mar 2027". */
export function describeRule(rule: Described): string {
  const clock = rule.clock.endsWith(":00") ? rule.clock.slice(0, 5) : rule.clock;
  const when =
    rule.repeat === "none"
      ? `once on ${dateText(rule.time, rule.zone)} at ${clock}`
      : rule.repeat === "hourly"
        ? `${everyHours(rule.days[0] ?? 1)} from ${dateText(rule.time, rule.zone)} ${clock} on`
        : `${daysText(rule)} at ${clock}`;
  return `${when}, ${rule.zone}${endText(rule)}`;
}

function everyHours(hours: number): string {
  return hours === 1 ? "every hour" : `every ${hours} hours`;
}

function daysText({ repeat, days }: Described): string {
  const sorted = [...days].sort((a, b) => a - b);
  if (repeat === "weekly") {
    if (sorted.length === 7) return "every day";
    if (sorted.join() === "1,2,3,4,5") return "every weekday";
    // Monday first, as people say it.
    const week = [...sorted].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
    return `every ${joined(week.map((day) => WEEKDAYS[day] ?? "?"))}`;
  }
  if (repeat === "monthly") return `on the ${joined(sorted.map(ordinal))} of every month`;
  return `every year on ${joined(sorted.map(dayOfYearText))}`;
}

/** `2 Mar`, as in a year that is not a leap year; the stored value is a number of days since 1 January. */
export function dayOfYearText(day: number): string {
  const date = Temporal.PlainDate.from({ year: day > 364 ? 2024 : 2023, month: 1, day: 1 }).add({ days: day });
  return `${date.day} ${MONTHS[date.month - 1] ?? ""}`;
}

function endText({ repeat, endType, endValue, zone }: Described): string {
  if (repeat === "none") return "";
  if (endType === "date") return `, until ${dateText(endValue, zone)}`;
  if (endType === "times")
    return endValue === 1 ? ", and once more after the next" : `, ${endValue} times after the next`;
  return "";
}

function dateText(time: number, zone: string): string {
  const date = Temporal.Instant.fromEpochMilliseconds(time * 1000).toZonedDateTimeISO(zone);
  return `${date.day} ${MONTHS[date.month - 1] ?? ""} ${date.year}`;
}

function ordinal(day: number): string {
  const isTeen = day >= 11 && day <= 13;
  const ending = isTeen ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${ending}`;
}

function joined(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
