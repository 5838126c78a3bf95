import { expect, test } from "vitest";
import { dayResult, heatmapDays } from "./heatmap";

const NONE = { clean: null, warned: null, failed: null, cancelled: null };

test("a failure without a success is a bad day, with one a day to look at", () => {
  expect(dayResult(NONE)).toEqual({ result: "none", actionId: null });
  expect(dayResult({ ...NONE, clean: 4 })).toEqual({ result: "ok", actionId: 4 });
  expect(dayResult({ ...NONE, clean: 4, cancelled: 5 })).toEqual({ result: "ok", actionId: 4 });
  expect(dayResult({ ...NONE, cancelled: 5 })).toEqual({ result: "cancelled", actionId: 5 });
  expect(dayResult({ ...NONE, failed: 3, cancelled: 5 })).toEqual({ result: "fail", actionId: 3 });
  expect(dayResult({ ...NONE, failed: 3, clean: 6 })).toEqual({ result: "warn", actionId: 6 });
  expect(dayResult({ ...NONE, failed: 7, clean: 6 })).toEqual({ result: "warn", actionId: 6 });
  expect(dayResult({ ...NONE, warned: 0, clean: 6 })).toEqual({ result: "warn", actionId: 0 });
  expect(dayResult({ ...NONE, clean: 0 })).toEqual({ result: "ok", actionId: 0 });
});

test("days are those of the zone, across a change of its clock", () => {
  const { days, from } = heatmapDays(Date.parse("2026-11-01T23:30:00Z"), "Europe/Madrid");
  expect(days).toHaveLength(30);
  expect(days.at(-1)).toBe("2026-11-02");
  expect(days[0]).toBe("2026-10-04");
  // Summer time ended on 25 October.
  expect(new Date(from).toISOString()).toBe("2026-10-03T22:00:00.000Z");
});
