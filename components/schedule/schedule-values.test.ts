import { expect, test } from "vitest";
import type { ScheduledAction } from "@/server/domain/schedule/action";
import { describeRule } from "./rule-words";
import { newSchedule, readSchedule, type ScheduleValues, valuesOfSchedule } from "./schedule-values";

/** Monday 23 November 2026, 12:00 in Madrid. */
const NOW = Date.UTC(2026, 10, 23, 11);
const values = (part: Partial<ScheduleValues>) => newSchedule("Europe/Madrid", NOW, part);
const first = (part: Partial<ScheduleValues>) => {
  const { input } = readSchedule(values(part), NOW);
  return input === null ? null : new Date(input.time * 1000).toISOString();
};

test("the first time is the first day of the rule still to come", () => {
  expect(first({ days: [1, 5], clock: "02:30" })).toBe("2026-11-27T01:30:00.000Z");
  expect(first({ days: [1], clock: "13:00" })).toBe("2026-11-23T12:00:00.000Z");
  expect(first({ days: [1], clock: "13:00", date: "2026-12-01" })).toBe("2026-12-07T12:00:00.000Z");
  expect(first({ repeat: "monthly", days: [31] })).toBe("2026-12-31T01:00:00.000Z");
  expect(first({ repeat: "yearly", days: [0] })).toBe("2027-01-01T01:00:00.000Z");
  expect(first({ repeat: "none", date: "2026-11-23", clock: "12:00:05" })).toBe("2026-11-23T11:00:05.000Z");
  expect(first({ repeat: "hourly", days: [4], date: "2026-11-23", clock: "02:00" })).toBe("2026-11-23T13:00:00.000Z");
});

test("what is wrong is said at its field", () => {
  const errors = (part: Partial<ScheduleValues>) => Object.keys(readSchedule(values(part), NOW).errors ?? {});
  expect(errors({ days: [] })).toEqual(["days"]);
  expect(errors({ clock: "25:00", date: "2026-02-30" })).toEqual(["date", "clock"]);
  expect(errors({ zone: "Mars/Olympus" })).toContain("zone");
  expect(errors({ repeat: "none", date: "2026-11-22" })).toEqual(["date"]);
  expect(errors({ repeat: "hourly", days: [200] })).toEqual(["days"]);
  expect(errors({ endType: "times", endTimes: "-1" })).toEqual(["end"]);
  expect(errors({ endType: "date", endDate: "" })).toEqual(["end"]);
  expect(errors({})).toEqual([]);
});

test("a stored schedule comes back as it was", () => {
  const stored: ScheduledAction = {
    id: 4,
    parentType: "BACKUPJOB",
    parentId: 1,
    action: "backup",
    args: "",
    catchUp: "skip",
    done: -1,
    message: "",
    warning: 0,
    rule: {
      time: Date.UTC(2026, 10, 27, 1, 30) / 1000,
      clock: "02:30:00",
      zone: "Europe/Madrid",
      repeat: "weekly",
      days: [1, 5],
      endType: "times",
      endValue: 3,
    },
  };
  const read = readSchedule(valuesOfSchedule(stored), NOW);
  expect(read.rule).toMatchObject(stored.rule);
  expect(describeRule(stored.rule)).toBe(read.rule === null ? "" : describeRule(read.rule));
});
