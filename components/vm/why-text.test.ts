import { expect, test } from "vitest";
import { whyProtection } from "./why-text";

const VM = {
  protection: "protected",
  newestPointAt: Date.parse("2026-03-04T02:00:00Z"),
  target: { rpoMinutes: 1560, from: "default" },
  lastError: null,
  excludedReason: null,
  runningActionId: null,
  jobId: 1,
  jobName: "nightly",
  nextRunAt: Date.parse("2026-03-05T02:00:00Z"),
} as const;

test.each([
  [{}, ["newest good point is of", "one is wanted every 26 h", "next run is on"]],
  [{ protection: "failing", lastError: "No space left." }, ["failed: No space left.", "newest good point"]],
  [{ protection: "never", newestPointAt: null, jobId: null, nextRunAt: null }, ["no good point", "in no job"]],
  [{ protection: "excluded", excludedReason: "a copy" }, ["left out: a copy.", "newest good point"]],
  [{ runningActionId: 7 }, ["A backup waits or runs now."]],
  [{ nextRunAt: null }, ["schedule of its job"]],
] as const)("%j", (change, parts) => {
  const text = whyProtection({ ...VM, ...change }, "UTC");
  for (const part of parts) expect(text).toContain(part);
});
