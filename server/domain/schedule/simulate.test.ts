import fc from "fast-check";
import { expect, test } from "vitest";
import type { ScheduledAction } from "./action";
import { isInBlackout } from "./blackout";
import { clockOf, type ScheduleRule, upcoming } from "./rule";
import { simulate } from "./simulate";
import type { Duration, SimInput, SimJob, SimVm } from "./simulation";

const FROM = Date.UTC(2027, 9, 25);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const minutes = (median: number, p90 = median): Duration => ({
  medianMs: median * 60_000,
  p90Ms: p90 * 60_000,
  basis: "history",
});

function vm(id: number, part: Partial<SimVm> = {}): [number, SimVm] {
  return [id, { id, name: `vm-${id}`, hostId: 0, jobId: null, duration: minutes(10), ...part }];
}

function job(id: number, vmIds: number[], part: Partial<SimJob> = {}): SimJob {
  const rest = { priority: 50, execution: "PARALLEL" as const, pausedUntil: null, datastoreId: 7, outdated: [] };
  return { id, name: `job-${id}`, vmIds, ...rest, ...part };
}

function rule(at: number, part: Partial<ScheduleRule> = {}): ScheduleRule {
  const time = at / 1000;
  const once = { repeat: "none" as const, days: [], endType: "never" as const, endValue: -1, zone: "UTC" };
  return { ...once, time, clock: clockOf(time, part.zone ?? "UTC"), ...part };
}

let ids = 0;
function schedule(parentId: number, at: number, part: Partial<ScheduleRule> = {}, also: Partial<ScheduledAction> = {}) {
  const base = { parentType: "BACKUPJOB" as const, action: "backup", args: "", catchUp: "once" as const };
  return { ...base, id: ++ids, parentId, rule: rule(at, part), done: -1, message: "", warning: 0, ...also };
}

function input(part: Partial<SimInput>): SimInput {
  return {
    ...{ from: FROM, until: FROM + DAY, schedules: [], jobs: [], vms: new Map(), active: [] },
    ...{ limits: { maxBackups: 0, maxBackupsHost: 0 }, settings: { pausedUntil: null, blackouts: [] } },
    resticIds: new Set<number>(),
    ...part,
  };
}

const at = (run: { from: number; to: number }) => [
  Math.round((run.from - FROM) / 60_000),
  Math.round((run.to - FROM) / 60_000),
];
const kinds = (of: SimInput) => simulate(of).conflicts.map((conflict) => conflict.kind);

test("a sequential job takes one VM after the other, a parallel one all within the limits", () => {
  const vms = new Map([vm(1), vm(2), vm(3, { hostId: 1 })]);
  const schedules = [schedule(1, FROM + HOUR)];
  const world = { vms, schedules, jobs: [job(1, [1, 2, 3], { execution: "SEQUENTIAL" })] };
  const [one] = simulate(input(world)).runs;
  expect(one?.backups.map(at)).toEqual([
    [60, 70],
    [70, 80],
    [80, 90],
  ]);
  expect(one?.endsAt).toBe(one?.backups[2]?.to);
  const limits = { maxBackups: 5, maxBackupsHost: 1 };
  const parallel = simulate(input({ ...world, limits, jobs: [job(1, [1, 2, 3])] }));
  expect(parallel.runs[0]?.backups.map((backup) => [backup.vmId, ...at(backup)])).toEqual([
    [1, 60, 70],
    [3, 60, 70],
    [2, 70, 80],
  ]);
  expect(parallel.conflicts).toMatchObject([{ kind: "over-limit", isLikely: true, parentId: 1 }]);
  expect(Math.max(...parallel.load.map((step) => step.fullestHost))).toBe(1);
});

test("a job that is due while its run goes on begins late, and what passes meanwhile is left out", () => {
  const schedules = [schedule(1, FROM + HOUR, { repeat: "hourly", days: [1] })];
  const vms = new Map([vm(1, { duration: minutes(50, 130) })]);
  const usual = simulate(input({ vms, schedules, jobs: [job(1, [1])], until: FROM + 4.5 * HOUR }));
  expect(usual.runs.map((run) => (run.at - FROM) / HOUR)).toEqual([1, 2, 3, 4]);
  expect(usual.conflicts).toMatchObject([
    { kind: "still-running", isLikely: false },
    { kind: "still-running", isLikely: false },
  ]);
  const long = new Map([vm(1, { duration: minutes(130) })]);
  const slow = simulate(input({ vms: long, schedules, jobs: [job(1, [1])], until: FROM + 6.5 * HOUR }));
  expect(slow.runs.map((run) => [(run.at - FROM) / HOUR, Math.round(((run.beginsAt ?? 0) - FROM) / 60_000)])).toEqual([
    [1, 60],
    [2, 190],
    [4, 320],
  ]);
});

test("each kind of trouble is found, and only where it is", () => {
  const vms = new Map([vm(1, { jobId: 1 }), vm(2, { jobId: 2 }), vm(3), vm(4, { hostId: null })]);
  const jobs = [job(1, [1]), job(2, [2])];
  const apart = [schedule(1, FROM + HOUR), schedule(2, FROM + 2 * HOUR)];
  const together = [schedule(1, FROM + HOUR), schedule(2, FROM + HOUR + 60_000)];
  const resticIds = new Set([7]);
  expect(kinds(input({ vms, jobs, schedules: together }))).toEqual([]);
  expect(kinds(input({ vms, jobs, schedules: apart, resticIds }))).toEqual([]);
  expect(kinds(input({ vms, jobs, schedules: together, resticIds }))).toEqual(["restic"]);
  expect(
    kinds(input({ vms, jobs: [job(1, [1]), job(2, [2], { datastoreId: 8 })], schedules: together, resticIds })),
  ).toEqual([]);
  const ofVm = (id: number) => schedule(id, FROM + HOUR, {}, { parentType: "VM", args: "7" });
  expect(kinds(input({ vms, jobs, schedules: [ofVm(3)] }))).toEqual([]);
  expect(kinds(input({ vms, jobs, schedules: [ofVm(1)] }))).toEqual(["two-runs"]);
  expect(kinds(input({ vms, jobs, schedules: [ofVm(3), ofVm(3)] }))).toEqual(["two-runs"]);
  expect(kinds(input({ vms, jobs: [job(3, [4])], schedules: [schedule(3, FROM + HOUR)] }))).toEqual(["never-deployed"]);
});

test("a blackout holds what is due until it ends; a run that reaches into one is told", () => {
  const vms = new Map([vm(1), vm(2)]);
  const days = [0, 1, 2, 3, 4, 5, 6];
  const settings = { pausedUntil: null, blackouts: [{ days, from: "01:05", to: "03:00", zone: "UTC" }] };
  const sequential = [job(1, [1, 2], { execution: "SEQUENTIAL" })];
  const inside = simulate(input({ vms, settings, jobs: sequential, schedules: [schedule(1, FROM + 2 * HOUR)] }));
  expect(inside.runs.map((run) => run.beginsAt)).toEqual([FROM + 3 * HOUR]);
  expect(inside.conflicts.map((conflict) => conflict.kind)).toEqual(["blackout"]);
  const into = simulate(input({ vms, settings, jobs: sequential, schedules: [schedule(1, FROM + HOUR)] }));
  expect(into.runs[0]?.backups.map(at)).toEqual([
    [60, 70],
    [180, 190],
  ]);
  expect(into.conflicts.map((conflict) => conflict.kind)).toEqual(["outside-window"]);
  const paused = { pausedUntil: FROM + 5 * HOUR, blackouts: [] };
  const late = simulate(input({ vms, settings: paused, jobs: sequential, schedules: [schedule(1, FROM + HOUR)] }));
  expect(late.runs[0]?.beginsAt).toBe(FROM + 5 * HOUR);
});

test("what runs now counts, and a skipped time is no run", () => {
  const vms = new Map([vm(1), vm(2)]);
  const active = [{ vmId: 1, jobId: null, datastoreId: 7, hostId: 0, startedAt: FROM - 5 * 60_000 }];
  const limits = { maxBackups: 1, maxBackupsHost: 0 };
  const schedules = [schedule(1, FROM + 60_000)];
  const { runs, load } = simulate(input({ vms, active, limits, jobs: [job(1, [2])], schedules }));
  expect(runs[0]?.backups.map(at)).toEqual([[5, 15]]);
  expect(load.map((step) => step.running)).toEqual(
    [1, 0].slice(0, 1).concat(load.slice(1).map((step) => step.running)),
  );
  const skipping = [schedule(1, FROM - HOUR, { repeat: "hourly", days: [3] }, { catchUp: "skip" })];
  const skipped = simulate(input({ vms, jobs: [job(1, [2])], schedules: skipping, until: FROM + 3 * HOUR }));
  expect(skipped.runs.map((run) => (run.at - FROM) / HOUR)).toEqual([2]);
});

const ruleArb = fc
  .record({
    repeat: fc.constantFrom("weekly" as const, "monthly" as const, "yearly" as const, "hourly" as const),
    zone: fc.constantFrom("UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"),
    minute: fc.integer({ min: 1, max: 3 * 24 * 60 }),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ repeat, zone, minute, days }) =>
    rule(FROM + minute * 60_000, { repeat, zone, days: repeat === "hourly" ? days.slice(0, 1) : days }),
  );

const worldArb = fc
  .record({
    rules: fc.array(ruleArb, { minLength: 1, maxLength: 5 }),
    lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 8, maxLength: 8 }),
    isSequential: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    maxBackups: fc.integer({ min: 0, max: 3 }),
    maxBackupsHost: fc.integer({ min: 0, max: 2 }),
    hasBlackout: fc.boolean(),
  })
  .map(({ rules, lengths, isSequential, maxBackups, maxBackupsHost, hasBlackout }) => {
    const vms = new Map(lengths.map((length, id) => vm(id, { hostId: id % 2, duration: minutes(length) })));
    const jobs = rules.map((_, index) =>
      job(index, [index, index + 1, 7].slice(0, 1 + (index % 2)), {
        execution: isSequential[index] === true ? "SEQUENTIAL" : "PARALLEL",
      }),
    );
    const window = { days: [1, 3], from: "22:30", to: "01:00", zone: "Europe/Madrid" };
    return input({
      ...{ vms, jobs, limits: { maxBackups, maxBackupsHost }, until: FROM + 8 * DAY },
      settings: { pausedUntil: null, blackouts: hasBlackout ? [window] : [] },
      schedules: rules.map((one, index) => ({ ...schedule(index, FROM), rule: one })),
    });
  });

test("by property: the limits hold at every moment, nothing begins in a blackout, a VM runs once at a time", () => {
  fc.assert(
    fc.property(worldArb, (world) => {
      const { runs, load } = simulate(world);
      const { maxBackups, maxBackupsHost } = world.limits;
      for (const step of load) {
        if (maxBackups > 0) expect(step.running).toBeLessThanOrEqual(maxBackups);
        if (maxBackupsHost > 0) expect(step.fullestHost).toBeLessThanOrEqual(maxBackupsHost);
      }
      const backups = runs.flatMap((run) => run.backups);
      for (const one of backups) {
        expect(isInBlackout(world.settings.blackouts, one.from)).toBe(false);
        const same = backups.filter((other) => other !== one && other.vmId === one.vmId);
        expect(same.some((other) => other.from < one.to && other.to > one.from)).toBe(false);
      }
      for (const run of runs) {
        expect(run.beginsAt ?? 0).toBeGreaterThan(run.at);
        if (run.endsAt !== null && run.backupCount > 0)
          expect(Math.max(...run.backups.map((backup) => backup.to))).toBe(run.endsAt);
      }
    }),
    { numRuns: 60 },
  );
});

test("by property: with room and time enough, the runs are exactly the times of the rules", () => {
  fc.assert(
    fc.property(fc.array(ruleArb, { minLength: 1, maxLength: 4 }), (rules) => {
      const until = FROM + 40 * DAY;
      const schedules = rules.map((one, index) => ({ ...schedule(index, FROM), rule: one }));
      const jobs = rules.map((_, index) => job(index, []));
      const { runs, conflicts, reached } = simulate(input({ schedules, jobs, until }));
      expect(conflicts).toEqual([]);
      expect(reached).toBe(until);
      for (const { id, rule: one } of schedules) {
        const shown = runs.filter((run) => run.scheduleId === id).map((run) => run.at / 1000);
        expect(shown).toEqual(upcoming(one, until / 1000 - 1, 10_000));
      }
    }),
    { numRuns: 40 },
  );
});

test("ten thousand VMs in five hundred jobs end within the bound of work", () => {
  const vms = new Map(Array.from({ length: 10_000 }, (_, id) => vm(id, { hostId: id % 50, duration: minutes(2) })));
  const jobs = Array.from({ length: 500 }, (_, id) =>
    job(
      id,
      Array.from({ length: 20 }, (_, index) => id * 20 + index),
      { execution: "SEQUENTIAL" },
    ),
  );
  const schedules = jobs.map(({ id }) => schedule(id, FROM + HOUR, { repeat: "weekly", days: [0, 1, 2, 3, 4, 5, 6] }));
  const world = input({ vms, jobs, schedules, until: FROM + DAY, limits: { maxBackups: 100, maxBackupsHost: 4 } });
  const { runs, reached } = simulate(world);
  expect(runs).toHaveLength(500);
  expect(reached).toBeGreaterThan(FROM + HOUR);
});
