import { expect, test } from "vitest";
import { newSchedule } from "../schedule/schedule-values";
import { errorsOfServer, moved, NEW_JOB, readJob } from "./job-values";

const NOW = Date.UTC(2026, 10, 23, 11);

test("a new job needs a name alone; what is typed is what is sent", () => {
  expect(readJob(NEW_JOB, null, NOW).errors).toEqual({ name: "Invalid NAME, it cannot be empty" });
  const { job } = readJob(
    { ...NEW_JOB, name: " nightly ", hasRule: true, labels: "prod, ,db", rpoHours: "1.5", retries: "2" },
    null,
    NOW,
  );
  expect(job).toMatchObject({ name: "nightly", mode: "INCREMENT", keepLast: 7, priority: 50 });
  expect(job?.policy).toMatchObject({
    selection: { labels: ["prod", "db"], namePattern: null },
    retries: { count: 2, waitMinutes: 10 },
    rpoMinutes: 90,
  });
});

test("each wrong number is said at its field", () => {
  const { errors } = readJob(
    {
      ...NEW_JOB,
      ...{ name: "a", keepLast: "", priority: "x", retries: "99", retryMinutes: "0", chainRuns: "-1", rpoHours: "0" },
      exclusions: [{ vmId: 1, reason: "" }],
      schedules: [newSchedule("UTC", NOW, { days: [] })],
    },
    null,
    NOW,
  );
  expect(Object.keys(errors ?? {}).sort()).toEqual(
    ["chainRuns", "exclusions", "keepLast", "priority", "retries", "retryMinutes", "rpoHours", "schedules"].sort(),
  );
});

test("what the form does not show stays", () => {
  const before = readJob({ ...NEW_JOB, name: "a" }, null, NOW).job;
  if (before === null) throw new Error("no job");
  const { job } = readJob({ ...NEW_JOB, name: "a" }, { ...before, extra: { DESCRIPTION: ["x"] }, diskIds: [0] }, NOW);
  expect(job).toMatchObject({ extra: { DESCRIPTION: ["x"] }, diskIds: [0] });
});

test("a refusal of the server goes to its field", () => {
  const view = { message: "no", fields: [], isDenied: false, isNotFound: false };
  expect(errorsOfServer({ ...view, code: "JOB_VM_TAKEN" })).toEqual({ vmIds: "no" });
  expect(errorsOfServer({ ...view, code: "SOMETHING" })).toEqual({ form: "no" });
  expect(errorsOfServer({ ...view, code: null, fields: [{ path: "settings.keepLast", message: "bad" }] })).toEqual({
    keepLast: "bad",
  });
});

test("moving keeps all others in order", () => {
  expect(moved([1, 2, 3, 4], 0, 2)).toEqual([2, 3, 1, 4]);
  expect(moved([1, 2, 3, 4], 3, 0)).toEqual([4, 1, 2, 3]);
});
