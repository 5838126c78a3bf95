import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complianceOf, historyOf, rpoOf, rpoWords } from "./compliance";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12);

test("the target of the VM goes before that of its job, and that before the general one", () => {
  expect(rpoOf(60, 120)).toEqual({ rpoMinutes: 60, from: "vm" });
  expect(rpoOf(null, 120)).toEqual({ rpoMinutes: 120, from: "job" });
  expect(rpoOf(null, null)).toEqual({ rpoMinutes: 26 * 60, from: "default" });
});

test.each([
  [NOW - 24 * HOUR, null, "in"],
  [NOW - 24 * HOUR - 1, null, "out"],
  [NOW - 24 * HOUR - 1, "a copy of another", "excluded"],
  [null, null, "never"],
  [null, "a copy of another", "excluded"],
  [NOW, "a copy of another", "in"],
] as const)("newest %j, left out %j: %s", (newestPointAt, excludedReason, state) => {
  expect(complianceOf({ newestPointAt, excludedReason, rpoMinutes: 24 * 60 }, NOW)).toBe(state);
});

test.each([
  [90, "90 min"],
  [26 * 60, "26 h"],
  [7 * 1440, "7 d"],
])("%d minutes are %s", (minutes, words) => expect(rpoWords(minutes)).toBe(words));

describe("history", () => {
  const daily = (...ages: number[]) => ages.map((age) => NOW - age * 24 * HOUR);

  test("a missed night makes late until the next backup", () => {
    expect(historyOf(daily(4.1, 3.1, 1.1, 0.1), 26 * 60, NOW, 5)).toEqual(["in", "in", "out", "out", "in"]);
  });

  test("before the first backup there is nothing to measure", () => {
    expect(historyOf(daily(1.5), 26 * 60, NOW, 4)).toEqual(["none", "none", "in", "out"]);
    expect(historyOf([], 60, NOW, 2)).toEqual(["none", "none"]);
  });

  test("an old backup counts for what followed it", () => {
    expect(historyOf(daily(30, 0.5), 26 * 60, NOW, 2)).toEqual(["out", "out"]);
  });

  test("random histories: every minute of a day looked at one by one says the same", () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 6 * 1440 }), { maxLength: 12 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 5, max: 3000 }), (ages, rpoMinutes) => {
        const times = ages.map((age) => NOW - age * 60_000);
        const marks = historyOf(times, rpoMinutes, NOW, 3);
        for (const [index, mark] of marks.entries()) {
          let expected = "none";
          for (let minute = (3 - index) * 1440 - 1; minute >= (2 - index) * 1440; minute--) {
            // In the middle of the minute, so that no end of a span is met.
            const at = NOW - minute * 60_000 - 30_000;
            const newest = Math.max(...times.filter((time) => time <= at));
            if (newest === Number.NEGATIVE_INFINITY) continue;
            if (at - newest > rpoMinutes * 60_000) expected = "out";
            else if (expected === "none") expected = "in";
          }
          // A first backup in the very last minute of the day is measured by the rule and not by the middle of a minute.
          if (expected !== "none" || mark !== "in") expect(mark).toBe(expected);
        }
      }),
      { numRuns: 150 },
    );
  });
});
