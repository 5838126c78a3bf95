import fc from "fast-check";
import { expect, test } from "vitest";
import { type JobLimits, type JobState, type PlanJob, planJobs } from "./plan-jobs";

const NO_LIMITS: JobLimits = { maxBackups: 0, maxBackupsHost: 0 };

function job(id: number, outdated: number[], part: Partial<PlanJob> = {}): PlanJob {
  return { id, priority: 50, execution: "PARALLEL", isPaused: false, outdated, backingUp: 0, ...part };
}

/** VM n runs on host n % 2; VM 90 was never deployed, from 99 on none exists. */
function state(jobs: PlanJob[], part: Partial<JobState> = {}): JobState {
  const vms = new Map(
    Array.from({ length: 90 }, (_, id) => [id, { hostId: id % 2 }] as [number, { hostId: number | null }]),
  );
  vms.set(90, { hostId: null });
  return { jobs, vms, active: 0, activeOnHost: new Map(), ...part };
}

const started = (from: JobState, limits = NO_LIMITS) => planJobs(from, limits).start.map(({ vmId }) => vmId);

test("a parallel job takes all, a sequential one, in the order of BACKUP_VMS", () => {
  expect(started(state([job(1, [5, 3, 4])]))).toEqual([5, 3, 4]);
  expect(started(state([job(1, [5, 3, 4], { execution: "SEQUENTIAL" })]))).toEqual([5]);
  expect(started(state([job(1, [5], { execution: "SEQUENTIAL", backingUp: 1 })]))).toEqual([]);
});

test("higher priority first, ids among equals; a lower level gets nothing while a higher one is served", () => {
  expect(started(state([job(1, [1], { priority: 10 }), job(2, [2], { priority: 60 })]))).toEqual([2]);
  expect(started(state([job(2, [2]), job(1, [1])]))).toEqual([1, 2]);
  const sequential = job(2, [2], { priority: 60, execution: "SEQUENTIAL", backingUp: 1 });
  expect(planJobs(state([job(1, [1]), sequential]), NO_LIMITS).waiting.map(({ reason }) => reason)).toEqual([
    "The job backs up one VM after the other",
    "Jobs of priority 60 go first",
  ]);
});

test("a full host holds back its own VMs only, and no other level", () => {
  const limits = { maxBackups: 0, maxBackupsHost: 1 };
  expect(started(state([job(1, [0, 2, 1])]), limits)).toEqual([0, 1]);
  const full = { active: 1, activeOnHost: new Map([[0, 1]]) };
  expect(started(state([job(1, [2], { priority: 60 }), job(2, [1])], full), limits)).toEqual([1]);
});

test("the limit of all backups counts what runs already", () => {
  expect(started(state([job(1, [0, 1, 2])], { active: 3 }), { maxBackups: 5, maxBackupsHost: 0 })).toEqual([0, 1]);
});

test("VMs that are gone leave, never deployed and paused ones wait and hold nothing", () => {
  const plan = planJobs(
    state([job(1, [99, 90], { priority: 60 }), job(2, [1], { priority: 55, isPaused: true }), job(3, [2])]),
    NO_LIMITS,
  );
  expect(plan).toEqual({
    start: [{ jobId: 3, vmId: 2 }],
    drop: [{ jobId: 1, vmId: 99 }],
    waiting: [
      { jobId: 1, vmId: 90, kind: "never-deployed", reason: "The VM was never deployed" },
      { jobId: 2, vmId: 1, kind: "paused", reason: "The job is paused" },
    ],
  });
});

test("limits hold, every outdated VM is started, dropped or told why it waits", () => {
  const anyJob = fc.record({
    priority: fc.integer({ min: 0, max: 3 }),
    execution: fc.constantFrom("SEQUENTIAL" as const, "PARALLEL" as const),
    isPaused: fc.boolean(),
    outdated: fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 12 }),
    backingUp: fc.integer({ min: 0, max: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(anyJob, { maxLength: 8 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      (parts, maxBackups, maxBackupsHost) => {
        const jobs = parts.map((part, id) => ({ ...part, id }));
        const before = state(jobs);
        const plan = planJobs(before, { maxBackups, maxBackupsHost });
        if (maxBackups > 0) expect(plan.start.length).toBeLessThanOrEqual(maxBackups);
        for (const host of [0, 1]) {
          const count = plan.start.filter(({ vmId }) => before.vms.get(vmId)?.hostId === host).length;
          if (maxBackupsHost > 0) expect(count).toBeLessThanOrEqual(maxBackupsHost);
        }
        for (const one of jobs) {
          const mine = plan.start.filter(({ jobId }) => jobId === one.id);
          if (one.execution === "SEQUENTIAL")
            expect(mine.length + one.backingUp).toBeLessThanOrEqual(Math.max(1, one.backingUp));
        }
        expect(plan.start.length + plan.drop.length + plan.waiting.length).toBe(
          jobs.reduce((sum, one) => sum + one.outdated.length, 0),
        );
      },
    ),
  );
});

test("ten thousand VMs in five hundred jobs are planned in one pass over them", () => {
  const jobs = Array.from({ length: 500 }, (_, id) =>
    job(
      id,
      Array.from({ length: 20 }, (_unused, n) => id * 20 + n),
      { priority: id % 100 },
    ),
  );
  const vms = new Map(Array.from({ length: 10_000 }, (_, id) => [id, { hostId: id }] as const));
  const plan = planJobs({ jobs, vms, active: 0, activeOnHost: new Map() }, { maxBackups: 50, maxBackupsHost: 2 });
  expect(plan.start).toHaveLength(50);
  expect(plan.waiting).toHaveLength(9_950);
});
