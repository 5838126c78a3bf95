import { describe, expect, it } from "vitest";
import {
  countProtection,
  newestPointAt,
  overviewVerdict,
  type PointHealth,
  protectionOf,
  settledProtection,
} from "./protection";
import type { ActionState } from "./states";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const point = (hoursAgo: number, more: Partial<PointHealth> = {}): PointHealth => ({
  at: NOW - hoursAgo * HOUR,
  broken: null,
  verification: "checksummed",
  ...more,
});

describe("protectionOf", () => {
  it.each<[string, PointHealth[], ActionState | null, number | null, number | undefined, string, string]>([
    ["nothing yet", [], null, null, undefined, "never", "never"],
    ["first backup running", [], null, 5, undefined, "running", "never"],
    ["fresh", [point(1)], "DONE", null, undefined, "protected", "protected"],
    ["exactly at the limit", [point(26)], "DONE", null, undefined, "protected", "protected"],
    ["over the limit", [point(26.01)], "DONE", null, undefined, "late", "late"],
    ["own limit", [point(5)], "DONE", null, 4, "late", "late"],
    ["failed last", [point(1)], "FAILED", null, undefined, "failing", "failing"],
    ["failed last, running again", [point(1)], "FAILED", 7, undefined, "failing", "failing"],
    ["cancelled last", [point(1)], "CANCELLED", null, undefined, "protected", "protected"],
    ["late and running", [point(90)], "DONE", 7, undefined, "running", "late"],
    ["only a broken point", [point(1, { broken: "gone" })], "DONE", null, undefined, "never", "never"],
    [
      "newest failed its check",
      [point(40), point(1, { verification: "failed" })],
      "DONE",
      null,
      undefined,
      "late",
      "late",
    ],
    [
      "unverified counts",
      [point(1, { verification: "unverified" })],
      "DONE",
      null,
      undefined,
      "protected",
      "protected",
    ],
  ])("%s", (_name, points, lastRunState, runningActionId, rpoHours, shown, settled) => {
    const input = { points, lastRunState, runningActionId, rpoHours };
    expect(protectionOf(input, NOW)).toBe(shown);
    expect(settledProtection(input, NOW)).toBe(settled);
  });
});

it("newestPointAt does not rely on the order", () => {
  expect(newestPointAt([point(3), point(1), point(2)])).toBe(NOW - HOUR);
  expect(newestPointAt([])).toBeNull();
});

describe("overviewVerdict", () => {
  it.each([
    ["empty", [], false, "empty"],
    ["ok", ["protected", "protected"], false, "ok"],
    ["late", ["protected", "late"], false, "attention"],
    ["never", ["protected", "never"], false, "attention"],
    ["failing beats late", ["late", "failing", "protected"], false, "failing"],
    ["a sick datastore", ["protected"], true, "attention"],
    ["a sick datastore without VMs", [], true, "attention"],
  ] as const)("%s", (_name, vms, hasSickDatastore, expected) => {
    expect(overviewVerdict(countProtection(vms), { hasSickDatastore })).toBe(expected);
  });

  it("counts", () => {
    expect(countProtection(["late", "never", "late", "failing", "protected"])).toEqual({
      total: 5,
      protected: 1,
      late: 2,
      failing: 1,
      never: 1,
    });
  });
});
