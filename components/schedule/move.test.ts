import { expect, test } from "vitest";
import type { ScheduledAction } from "@/server/domain/schedule/action";
import { clockOf, type ScheduleRule, upcoming } from "@/server/domain/schedule/rule";
import { inputOfSchedule, movedSchedule, targetAt } from "./move";

/** Monday. */
const NOW = Date.UTC(2027, 9, 25, 12);
const HOUR = 3_600_000;

function schedule(at: number, part: Partial<ScheduleRule>): ScheduledAction {
  const base = { repeat: "none" as const, days: [], endType: "never" as const, endValue: -1, zone: "Europe/Madrid" };
  const rule = { ...base, time: at / 1000, clock: clockOf(at / 1000, "Europe/Madrid"), ...part };
  const rest = { parentType: "BACKUPJOB" as const, parentId: 1, action: "backup", args: "", catchUp: "once" as const };
  return { ...rest, id: 1, rule, done: -1, message: "", warning: 0 };
}

function next(of: ScheduledAction, runAt: number, target: { date: string; clock: string }, count = 3): string[] {
  const { rule } = movedSchedule(of, runAt, target, NOW);
  if (rule === null) return [];
  return upcoming(rule, Number.MAX_SAFE_INTEGER, count).map((time) => {
    const { date, clock } = targetAt(time * 1000, "Europe/Madrid");
    return `${date} ${clock}`;
  });
}

test("a run of a weekday goes to another weekday, and every run takes the new time", () => {
  const tuesday = Date.UTC(2027, 9, 26, 0);
  const of = schedule(tuesday, { repeat: "weekly", days: [2, 5] });
  expect(next(of, tuesday, { date: "2027-10-27", clock: "03:30" })).toEqual([
    "2027-10-27 03:30",
    "2027-10-29 03:30",
    "2027-11-03 03:30",
  ]);
  expect(next(of, tuesday, { date: "2027-10-26", clock: "23:00" }, 1)).toEqual(["2027-10-26 23:00"]);
  const later = Date.UTC(2027, 9, 29, 0);
  expect(next(of, later, { date: "2027-10-28", clock: "02:00" }, 2)).toEqual(["2027-10-26 02:00", "2027-10-28 02:00"]);
});

test("a single run moves alone; hours shift as a whole and begin after now", () => {
  const of = schedule(NOW + HOUR, {});
  expect(next(of, NOW + HOUR, { date: "2027-10-30", clock: "09:00" })).toEqual(["2027-10-30 09:00"]);
  expect(next(of, NOW + HOUR, { date: "2027-10-20", clock: "09:00" })).toEqual([]);
  const hourly = schedule(NOW + HOUR, { repeat: "hourly", days: [6] });
  const third = NOW + 13 * HOUR;
  expect(next(hourly, third, { date: "2027-10-26", clock: "05:00" }, 2)).toEqual([
    "2027-10-25 17:00",
    "2027-10-25 23:00",
  ]);
});

test("the undo gives the stored rule back", () => {
  const of = schedule(NOW + HOUR, { repeat: "monthly", days: [3, 9], endType: "times", endValue: 4 });
  expect(inputOfSchedule(of)).toMatchObject({ time: of.rule.time, repeat: "monthly", days: [3, 9], endValue: 4 });
});
