import { expect, test } from "vitest";
import { storeState } from "./datastore-facts";

const NOTHING = { trend: null, speed: null, lastFailure: null };
const trend = {
  days: 30,
  mbPerDay: 10,
  lowMbPerDay: 9,
  highMbPerDay: 11,
  daysToFull: 10,
  earliestDays: 9,
  latestDays: 11,
};
const failure = (error: string) => ({ lastFailure: { actionId: 1, error, at: 1 } });
const half = { typical: 100, latest: 49, count: 8 };

test.each([
  ["what the monitor found", "healthy", NOTHING, "healthy"],
  ["never measured", "unknown", NOTHING, "unknown"],
  ["a server that is away hides the rest", "unreachable", failure("Read-only file system"), "unreachable"],
  ["a file system without writes", "full-soon", failure("write disk.0: Read-only file system"), "read-only"],
  ["a foreign lock", "healthy", failure("unable to create lock in backend: repository is already locked"), "locked"],
  ["another failure is no state", "healthy", failure("The VM is gone"), "healthy"],
  ["full within two weeks", "healthy", { trend }, "full-soon"],
  ["full in a month", "healthy", { trend: { ...trend, daysToFull: 30 } }, "healthy"],
  ["half as fast as ever", "healthy", { speed: half }, "slow"],
  ["just half", "healthy", { speed: { ...half, latest: 50 } }, "healthy"],
  ["too few backups to tell", "healthy", { speed: { ...half, count: 7 } }, "healthy"],
] as const)("%s", (_name, health, facts, expected) => {
  expect(storeState(health, { ...NOTHING, ...facts })).toBe(expected);
});
