import { expect, test } from "vitest";
import { daysFrom, monthOf, runsOfDay } from "./calendar";

const HOUR = 3_600_000;

test("days are those of the zone; clocks that change make them 23 or 25 hours long", () => {
  const days = daysFrom(Date.UTC(2026, 9, 23, 23), "Europe/Madrid", 3);
  expect(days.map((day) => day.date)).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
  expect(days.map((day) => (day.to - day.from) / HOUR)).toEqual([24, 25, 24]);
});

test("a month is whole weeks from Monday on", () => {
  const weeks = monthOf(Date.UTC(2026, 10, 23), "UTC");
  expect(weeks[0]?.[0]?.date).toBe("2026-10-26");
  expect(weeks.at(-1)?.at(-1)?.date).toBe("2026-12-06");
  expect(weeks.every((week) => week.length === 7)).toBe(true);
});

test("a run at midnight is of the day that begins", () => {
  const [first, second] = daysFrom(Date.UTC(2026, 0, 1), "UTC", 2);
  if (first === undefined || second === undefined) throw new Error("no days");
  const run = { at: second.from };
  expect(runsOfDay([run], first)).toEqual([]);
  expect(runsOfDay([run], second)).toEqual([run]);
});
