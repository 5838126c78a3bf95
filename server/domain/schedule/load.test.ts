import { expect, test } from "vitest";
import { findConflicts, type LoadRun, median, predictLoad } from "./load";

const HOUR = 3_600_000;
const run = (parentId: number, atHour: number, hours: number | null, part: Partial<LoadRun> = {}): LoadRun => ({
  scheduleId: parentId,
  parentType: "BACKUPJOB",
  parentId,
  parentName: `job-${parentId}`,
  action: "backup",
  at: atHour * HOUR,
  medianMs: hours === null ? null : hours * HOUR,
  width: 1,
  ...part,
});
const day = { from: 0, to: 4 * HOUR };

test("load counts what overlaps, not what follows", () => {
  expect(predictLoad([run(1, 0, 1), run(2, 1, 1), run(3, 1.5, 1)], day, 4)).toEqual([1, 2, 1, 0]);
  // One after the other inside a bin is one at a time.
  expect(predictLoad([run(1, 0, 0.2), run(2, 0.4, 0.2)], day, 4)).toEqual([1, 0, 0, 0]);
  expect(predictLoad([run(1, 0, 1, { width: 5 })], day, 4)).toEqual([5, 0, 0, 0]);
  expect(predictLoad([run(1, 0, 1, { action: "reboot" })], day, 4)).toEqual([0, 0, 0, 0]);
  // Without history it is still drawn.
  expect(predictLoad([run(1, 3, null)], day, 4)).toEqual([0, 0, 0, 1]);
});

test("a job that is due while it runs conflicts, and its refused run hides no later one", () => {
  const found = findConflicts([run(1, 0, 3), run(1, 1, 3), run(1, 3, 3)], { maxBackups: 0 });
  expect(found.map(({ kind, at }) => [kind, at / HOUR])).toEqual([["still-running", 1]]);
  expect(found[0]?.text).toContain("120 minutes more");
});

test("more than MAX_BACKUPS is told once, where it begins", () => {
  const runs = [run(1, 0, 2, { width: 2 }), run(2, 1, 2), run(3, 1.2, 2), run(4, 8, 1, { width: 3 })];
  const found = findConflicts(runs, { maxBackups: 2 });
  expect(found.map(({ kind, at }) => [kind, at / HOUR])).toEqual([
    ["over-limit", 1],
    ["over-limit", 8],
  ]);
  expect(findConflicts(runs, { maxBackups: 0 })).toEqual([]);
  expect(findConflicts([run(1, 0, null, { width: 9 })], { maxBackups: 2 })).toEqual([]);
});

test("the median", () => {
  expect(median([])).toBeNull();
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
});
