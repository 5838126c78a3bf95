import { expect, test } from "vitest";
import { cancelReason, isEndlessPause, manageReason, pauseUntil, retryReason, runReason } from "./job-reasons";

const job = {
  id: 4,
  vmCount: 2,
  lockLevel: 0,
  may: { manage: true, admin: true },
  counts: { OUTDATED: 0, BACKING_UP: 0, UPDATED: 0, ERROR: 0 },
};

test("an idle job runs, and has nothing to cancel or to retry", () => {
  expect(runReason(job)).toBeNull();
  expect(cancelReason(job)).toContain("Nothing");
  expect(retryReason(job)).toContain("No VM");
});

test("a running job does not run again, can be cancelled, and failed VMs retried meanwhile", () => {
  const running = { ...job, counts: { OUTDATED: 1, BACKING_UP: 0, UPDATED: 0, ERROR: 1 } };
  expect(runReason(running)).toContain("still has VMs");
  expect(cancelReason(running)).toBeNull();
  expect(retryReason(running)).toBeNull();
});

test("rights and locks come first", () => {
  expect(manageReason({ ...job, may: { manage: false, admin: false } })).toContain("MANAGE right on job 4");
  expect(manageReason({ ...job, lockLevel: 2 })).toContain("locked");
  expect(manageReason({ ...job, lockLevel: 3 })).toBeNull();
});

test("a pause without an end is told from one of a day", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(isEndlessPause(pauseUntil(null, now), now)).toBe(true);
  expect(isEndlessPause(pauseUntil(1440, now), now)).toBe(false);
  expect(pauseUntil(60, now)).toBe(now + 3_600_000);
});
