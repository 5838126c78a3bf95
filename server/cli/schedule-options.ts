import { CliError } from "./error";
import { longTime } from "./show";
import type { Cli, Options } from "./spec";

/** The options of every command that can be scheduled (jobs-api-cli §6.3). */
export const SCHEDULE_OPTIONS: readonly (readonly [string, string])[] = [
  ["--schedule <time>", "when: now, +seconds from the start of the VM, or a date in local time"],
  ["--weekly <days>", "each week, e.g. 1,5; 0 is Sunday"],
  ["--monthly <days>", "each month, e.g. 1,15"],
  ["--yearly <days>", "each year, days 0 to 365"],
  ["--hourly <hours>", "each so many hours"],
  ["--end <end>", "a date, or how many times"],
];

const REPEATS = ["weekly", "monthly", "yearly", "hourly"] as const;

export interface Schedule {
  /** SCHED_ACTION as the reference's client sends it. */
  template: string;
  /** `backup scheduled at …` */
  done: string;
}

/** What the options ask for; null without `--schedule`. `args` is the action's ARGS. @throws CliError */
export function readSchedule(
  options: Options,
  action: { name: string | null; spoken: string; args?: string },
  nowMs: number,
): Schedule | null {
  const given = options.text("schedule");
  if (given === undefined) return null;
  const time = parseTime(given, nowMs);
  const parts = [
    ...(action.name === null ? [] : [`ACTION  = ${action.name}`]),
    ...(action.args === undefined || action.args === "" ? [] : [`ARGS    = "${quoted(action.args)}"`]),
    `TIME    = ${time}`,
  ];
  const repeat = REPEATS.findIndex((name) => options.text(name) !== undefined);
  const repeatName = REPEATS[repeat];
  if (repeatName !== undefined) parts.push(`REPEAT = ${repeat}`, `DAYS = "${quoted(options.text(repeatName) ?? "")}"`);
  parts.push(...endOf(options.text("end"), repeatName !== undefined, nowMs));
  const when = time.startsWith("+") ? `after ${time}` : `at ${longTime(Number(time))}`;
  return { template: `SCHED_ACTION = [${parts.join(", ")}]`, done: `${action.spoken} scheduled ${when}` };
}

/** Prints the line that each scheduled object gets. */
export function printScheduled(cli: Cli, label: string, id: number, schedule: Schedule): void {
  const text = schedule.done.replace(/ after (\+\d+)$/, label === "VM" ? " after $1s from start" : " after $1s");
  cli.print(`${label} ${id}: ${text}`);
}

function parseTime(given: string, nowMs: number): string {
  if (given === "now") return String(Math.floor(nowMs / 1000));
  if (/^\+\d{1,12}$/.test(given)) return given;
  const at = parseDate(given, nowMs);
  if (at === null) throw new CliError(`Error parsing time spec: ${given}`);
  return String(at);
}

/** Whole numbers are counts, also those that the reference takes for dates (jobs-api-cli §12). */
function endOf(given: string | undefined, isRepeated: boolean, nowMs: number): string[] {
  if (given === undefined) return isRepeated ? ["END_TYPE = 0"] : [];
  if (/^\d{1,9}$/.test(given)) {
    return Number(given) > 0 ? ["END_TYPE = 1", `END_VALUE = ${Number(given)}`] : [];
  }
  const at = parseDate(given, nowMs);
  if (at === null) throw new CliError(`Error parsing time spec: ${given}`);
  const midnight = new Date(at * 1000);
  midnight.setHours(0, 0, 0, 0);
  return ["END_TYPE = 2", `END_VALUE = ${midnight.getTime() / 1000}`];
}

const DATE =
  /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\/(\d{1,2})(?:\/(\d{2}|\d{4}))?)?(?:(?:^|[ T])(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;
const ZONE = /^(.*?)\s*(Z|[+-]\d{2}:?\d{2})$/;

/**
 * `2030-01-01 10:00`, `09/23 14:15`, `09/23/30`, `14:15`, in local time unless a zone follows, as epoch seconds.
 * A date without a year is of this year; a time alone of today.
 */
export function parseDate(given: string, nowMs: number): number | null {
  const [, inZone = given.trim(), zone] = ZONE.exec(given.trim()) ?? [];
  const match = DATE.exec(inZone);
  if (match === null || inZone === "") return null;
  const now = new Date(nowMs);
  const [year4, month1, day1, month2, day2, year2, hour, minute, second] = match.slice(1);
  const isDated = month1 !== undefined || month2 !== undefined;
  const shortYear = Number(year2 ?? 0) < 100 ? 2000 + Number(year2 ?? 0) : Number(year2);
  const year = year4 !== undefined ? Number(year4) : year2 !== undefined ? shortYear : now.getFullYear();
  const month = isDated ? Number(month1 ?? month2) : now.getMonth() + 1;
  const day = isDated ? Number(day1 ?? day2) : now.getDate();
  const clock = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const;
  if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return null;
  const date = new Date(year, month - 1, day, ...clock);
  // The 31st of February is the 3rd of March for a Date.
  if (date.getMonth() !== month - 1 || date.getDate() !== day) return null;
  if (zone === undefined) return Math.floor(date.getTime() / 1000);
  const minutes = zone === "Z" ? 0 : offsetMinutes(zone);
  return Math.floor(Date.UTC(year, month - 1, day, ...clock) / 1000) - minutes * 60;
}

function offsetMinutes(zone: string): number {
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
