import { expect, test } from "vitest";
import { zoneOffsetMs } from "./zone-offset";

test.each([
  ["UTC", Date.UTC(2025, 0, 1), 0],
  ["Europe/Madrid", Date.UTC(2025, 0, 1), 60],
  ["Europe/Madrid", Date.UTC(2025, 6, 1), 120],
  ["America/New_York", Date.UTC(2025, 0, 1), -300],
  ["Asia/Kolkata", Date.UTC(2025, 0, 1), 330],
])("%s at %d is %d minutes", (zone, at, minutes) => {
  expect(zoneOffsetMs(zone, at) / 60_000).toBe(minutes);
});
