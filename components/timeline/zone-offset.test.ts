import { expect, test } from "vitest";
import { timeInZone, zoneOffsetMs } from "./zone-offset";

test.each([
  ["UTC", Date.UTC(2025, 0, 1), 0],
  ["Europe/Madrid", Date.UTC(2025, 0, 1), 60],
  ["Europe/Madrid", Date.UTC(2025, 6, 1), 120],
  ["America/New_York", Date.UTC(2025, 0, 1), -300],
  ["Asia/Kolkata", Date.UTC(2025, 0, 1), 330],
])("%s at %d is %d minutes", (zone, at, minutes) => {
  expect(zoneOffsetMs(zone, at) / 60_000).toBe(minutes);
});

test.each([
  ["2025-03-04T02:00", "UTC", "2025-03-04T02:00:00.000Z"],
  ["2025-03-04T02:00", "Europe/Madrid", "2025-03-04T01:00:00.000Z"],
  ["2025-07-01T00:30", "America/New_York", "2025-07-01T04:30:00.000Z"],
  ["2025-03-30T03:30", "Europe/Madrid", "2025-03-30T01:30:00.000Z"],
  ["2025-10-26T02:30", "Europe/Madrid", "2025-10-26T01:30:00.000Z"],
])("%s on a clock in %s is %s", (text, zone, iso) => {
  expect(new Date(timeInZone(text, zone)).toISOString()).toBe(iso);
});

test.each(["", "yesterday", "2025-03-04", "2025-13-04T02:00"])("%s is no time", (text) => {
  expect(timeInZone(text, "UTC")).toBeNaN();
});
