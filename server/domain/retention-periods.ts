import { PERIODS, type Period } from "./retention-policy";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Where an instant is in one period: instants of the same `key` share it. */
export interface PeriodOf {
  key: string;
  /** "weekly, week 47 of 2026". */
  words: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The hour, day, ISO week, month and year that `at` (epoch ms) is in, by the clocks of `zone`. */
export function periodsOf(at: number, zone: string): Record<Period, PeriodOf> {
  const local = localTime(at, zone);
  const date = new Date(local);
  const day = Math.floor(local / DAY_MS);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const dayWords = `${date.getUTCDate()} ${MONTHS[month]?.slice(0, 3)} ${year}`;
  const hour = Math.floor(local / HOUR_MS);
  // An hour that daylight saving repeats is two hours.
  const offset = Math.round((local - at) / 60_000);
  const week = isoWeek(day);
  return {
    hourly: {
      key: `${hour}/${offset}`,
      words: `hourly, ${dayWords} ${String(date.getUTCHours()).padStart(2, "0")}:00`,
    },
    daily: { key: `${day}`, words: `daily, ${dayWords}` },
    weekly: { key: week, words: `weekly, week ${week.split("/")[1]} of ${week.split("/")[0]}` },
    monthly: { key: `${year}/${month}`, words: `monthly, ${MONTHS[month]} ${year}` },
    yearly: { key: `${year}`, words: `yearly, ${year}` },
  };
}

/** The date of an instant in a zone: "22 Nov 2026". */
export function dateWords(at: number, zone: string): string {
  return periodsOf(at, zone).daily.words.slice("daily, ".length);
}

/**
 * For each period with a rule, the newest of `instants` in each of its last `counts` periods that have one.
 * @param instants epoch ms, newest first
 * @returns the words of every rule that keeps it, by index of `instants`
 */
export function pickByPeriod(
  instants: readonly number[],
  counts: Readonly<Record<Period, number>>,
  zone: string,
): Map<number, string[]> {
  const picked = new Map<number, string[]>();
  const periods = instants.map((at) => periodsOf(at, zone));
  for (const period of PERIODS) {
    let left = counts[period];
    let last: string | null = null;
    for (const [index, all] of periods.entries()) {
      if (left === 0) break;
      const { key, words } = all[period];
      if (key === last) continue;
      last = key;
      left--;
      picked.set(index, [...(picked.get(index) ?? []), words]);
    }
  }
  return picked;
}

/** Local clock time as if it were UTC, epoch ms with whole seconds. */
function localTime(at: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const part = new Map<string, number>(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const of = (type: string) => part.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/** "2026/47" of a day counted from 1 January 1970: ISO weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(day: number): string {
  const thursday = Math.floor((day + 3) / 7) * 7;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  const firstDay = Date.UTC(year, 0, 1) / DAY_MS;
  return `${year}/${Math.floor((thursday - firstDay) / 7) + 1}`;
}
