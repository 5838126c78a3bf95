import { intlLocale, t } from "@/components/i18n/t";
import { formatDayOf } from "@/components/lib/format";
import type { ScheduleRule } from "@/server/domain/schedule/rule";

type Described = Pick<ScheduleRule, "time" | "clock" | "zone" | "repeat" | "days" | "endType" | "endValue">;

/** A schedule as a sentence: "every Monday and Friday at 02:30, Europe/Madrid, until 4 Mar 2027". */
export function describeRule(rule: Described): string {
  const clock = rule.clock.endsWith(":00") ? rule.clock.slice(0, 5) : rule.clock;
  const date = formatDayOf(rule.time * 1000, rule.zone);
  const when =
    rule.repeat === "none"
      ? t("once on {date} at {clock}", { date, clock })
      : rule.repeat === "hourly"
        ? t("{hours, plural, one {every hour} other {every {hours} hours}} from {date} {clock} on", {
            hours: rule.days[0] ?? 1,
            date,
            clock,
          })
        : t("{days} at {clock}", { days: daysText(rule), clock });
  return t("{when}, {zone}{end}", { when, zone: rule.zone, end: endText(rule) });
}

function daysText({ repeat, days }: Described): string {
  const sorted = [...days].sort((a, b) => a - b);
  if (repeat === "weekly") {
    if (sorted.length === 7) return t("every day");
    if (sorted.join() === "1,2,3,4,5") return t("every weekday");
    // Monday first, as people say it.
    const week = [...sorted].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
    return t("every {days}", { days: joined(week.map(weekdayName)) });
  }
  if (repeat === "monthly") return t("on the {days} of every month", { days: joined(sorted.map(ordinal)) });
  return t("every year on {days}", { days: joined(sorted.map(dayOfYearText)) });
}

/** `Monday`: 0 is Sunday, as in the core. */
export function weekdayName(day: number): string {
  // 1 January 2023 was a Sunday.
  return new Intl.DateTimeFormat(intlLocale(), { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2023, 0, 1 + day));
}

/** `2 Mar`, as in a year that is not a leap year; the stored value is a number of days since 1 January. */
export function dayOfYearText(day: number): string {
  return formatDayOf(Date.UTC(day > 364 ? 2024 : 2023, 0, 1 + day), "UTC", false);
}

function endText({ repeat, endType, endValue, zone }: Described): string {
  if (repeat === "none") return "";
  if (endType === "date") return t(", until {date}", { date: formatDayOf(endValue * 1000, zone) });
  if (endType !== "times") return "";
  return t("{times, plural, one {, and once more after the next} other {, {times} times after the next}}", {
    times: endValue,
  });
}

function ordinal(day: number): string {
  return t("{day, selectordinal, one {{day}st} two {{day}nd} few {{day}rd} other {{day}th}}", { day });
}

function joined(words: readonly string[]): string {
  return new Intl.ListFormat(intlLocale(), { type: "conjunction" }).format(words);
}
