import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatClock,
  formatDateTime,
  formatDay,
  formatDuration,
  formatEta,
  formatRelative,
  formatShortDateTime,
  percentOf,
} from "./format";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1_288_490_189, "1.2 GiB"],
  [1024 ** 3 - 1, "1.0 GiB"], // never "1024.0 MiB"
  [-2048, "-2.0 KiB"],
  [1024 ** 6, "1024.0 PiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [400, "0.4 s"],
  [59_999, "59 s"],
  [125_000, "2 m 05 s"],
  [HOUR + 4 * MINUTE, "1 h 04 m"],
  [74 * HOUR, "3 d 02 h"],
  [-5, "0.0 s"],
])("%i ms are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

describe("dates", () => {
  const at = Date.UTC(2025, 2, 4, 1, 0, 7);

  test("are shown in the reader's zone, with its name", () => {
    expect(formatDateTime(at, "Europe/Madrid")).toBe("Tue 4 Mar 2025, 02:00 CET");
    expect(formatDateTime(at, "UTC")).toBe("Tue 4 Mar 2025, 01:00 UTC");
  });

  test("midnight is 00:00, and September has three letters", () => {
    expect(formatDateTime(Date.UTC(2025, 8, 1), "UTC")).toBe("Mon 1 Sep 2025, 00:00 UTC");
  });

  test("the short form leaves out the present year only", () => {
    expect(formatShortDateTime(at, "Europe/Madrid", at)).toBe("4 Mar 02:00");
    expect(formatShortDateTime(at, "Europe/Madrid", Date.UTC(2026, 0, 1))).toBe("4 Mar 2025 02:00");
  });

  test("the clock has seconds", () => {
    expect(formatClock(at, "Europe/Madrid")).toBe("02:00:07");
  });
});

test.each([
  [-3 * HOUR, "3 hours ago"],
  [-30_000, "30 seconds ago"],
  [2_000, "just now"],
  [72 * HOUR, "in 3 days"],
])("%i ms from now is %s", (diff, text) => {
  expect(formatRelative(1_700_000_000_000 + diff, 1_700_000_000_000)).toBe(text);
});

test.each([
  [0, 0, 0],
  [999, 1000, 99],
  [9_999, 10_000, 99], // 100 only when it is done
  [1000, 1000, 100],
  [5, 1, 100],
])("%i of %i are %i %", (done, total, percent) => {
  expect(percentOf(done, total)).toBe(percent);
});

describe("time left", () => {
  test("is a range round the present rate", () => {
    expect(formatEta(0, 1_000_000, 10_000)).toBe("1 m 15 s to 2 m 15 s left");
  });

  test.each([
    [0, 100, null],
    [0, 100, 0],
    [0, 0, 10],
    [100, 100, 10],
  ])("is not guessed from %i of %i at %s", (done, total, rate) => {
    expect(formatEta(done, total, rate)).toBeNull();
  });
});

test("a day is the same in every zone", () => {
  expect(formatDay("2025-03-04")).toBe("Tue 4 Mar 2025");
  expect(formatDay("2026-09-30")).toBe("Wed 30 Sep 2026");
});
