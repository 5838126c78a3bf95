import { afterAll, beforeAll, expect, test } from "vitest";
import type { ScheduleInput } from "../../domain/schedule/action";
import { createJobFromForm } from "../job/commands";
import { readSchedulerSettings } from "../settings";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { addSchedule } from "./commands";
import { runDueSchedules } from "./run-due";
import { simulateSchedules } from "./simulate";

const RUNS = 500;
const DAY = 86_400;

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const seconds = () => Math.floor(bare.clock.now() / 1000);

async function job(name: string, schedules: ScheduleInput[], vmIds: number[] = []): Promise<number> {
  const { jobId } = await createJobFromForm(bare.ctx, { name, vmIds, schedules });
  return jobId;
}

/** What the calendar shows, taken together from window to window as somebody pages through it. */
async function shown(count: number): Promise<string[]> {
  const view = await simulateSchedules(bare.ctx, { days: 45 });
  expect(view.reached).toBe(view.until);
  return view.runs.slice(0, count).map((run) => `${run.at / 1000} ${run.scheduleId}`);
}

test("the next 500 runs that the calendar shows are those that fire under a moved clock", async () => {
  // Across the end of summer time in Madrid and New York.
  bare.clock.advance(Date.UTC(2027, 9, 20) - bare.clock.now());
  const start = seconds();
  const at = (offset: number) => start + offset;
  const all = [0, 1, 2, 3, 4, 5, 6];
  await job("every hour", [{ time: at(1800), repeat: "hourly", days: [3], zone: "Europe/Madrid" }]);
  await job("each night", [{ time: at(2 * 3600 + 1800), repeat: "weekly", days: all, zone: "Europe/Madrid" }]);
  await job("new york", [{ time: at(5 * 3600 + 5400), repeat: "weekly", days: all, zone: "America/New_York" }]);
  await job("half hour", [{ time: at(16 * 3600), repeat: "weekly", days: [1, 3, 5], zone: "Australia/Lord_Howe" }]);
  await job("monthly", [{ time: at(DAY), repeat: "monthly", days: [1, 15, 31], zone: "UTC" }]);
  await job("yearly", [{ time: at(2 * DAY), repeat: "yearly", days: [0, 304, 310], zone: "UTC" }]);
  await job("once", [{ time: at(3 * DAY) }]);
  await job("five times", [{ time: at(DAY), repeat: "weekly", days: all, endType: "times", endValue: 4 }]);
  await job("until", [{ time: at(DAY), repeat: "hourly", days: [7], endType: "date", endValue: at(9 * DAY) }]);
  const foretold = await shown(RUNS);
  expect(foretold).toHaveLength(RUNS);

  const settings = await readSchedulerSettings(bare.core.db);
  const fired = async () =>
    (await bare.core.db.jobRun.findMany({ select: { slot: true, scheduleId: true } })).map(
      (run) => `${run.slot} ${run.scheduleId}`,
    );
  // The clock does not know the plan: it goes by what the database has armed, and every pass is late by some minutes.
  for (let pass = 0; pass < 2 * RUNS; pass++) {
    const [row] = await bare.core.db.$queryRaw<{ time: bigint | null }[]>`
      SELECT min("time") AS time FROM "ScheduledAction" WHERE "time" > "done"`;
    if (row?.time == null || Number(row.time) > start + 45 * DAY) break;
    bare.clock.advance(Math.max(0, Number(row.time) * 1000 - bare.clock.now()) + 1000 + (pass % 9) * 60_000);
    await runDueSchedules(bare.core, settings);
  }
  const real = (await fired()).sort((a, b) => order(a) - order(b));
  expect(real.slice(0, RUNS)).toEqual(foretold);
});

function order(run: string): number {
  const [slot, scheduleId] = run.split(" ").map(Number);
  return (slot ?? 0) * 1000 + (scheduleId ?? 0);
}

test("lengths come from history, from size and speed, or are a guess; the number of queries is constant", async () => {
  const datastoreId = await bare.datastore("store");
  const [old, fresh] = [await bare.vm("old"), await bare.vm("fresh")];
  const now = bare.clock.now();
  for (const [index, length] of [60, 120, 180].entries()) {
    const startedAt = new Date(now - 3_600_000 * (index + 1));
    await bare.core.db.action.create({
      data: {
        ...{ id: 9_000_000 + index, kind: "backup", state: "DONE", vmId: old, datastoreId, actorId: 0 },
        ...{ actorName: "oneadmin", input: {}, progress: {}, warnings: [], bytes: 64n * 1024n * 1024n },
        ...{ startedAt, endedAt: new Date(startedAt.getTime() + length * 1000) },
      },
    });
  }
  await bare.core.db.backupJob.deleteMany();
  await bare.core.db.scheduledAction.deleteMany();
  const { jobId } = await createJobFromForm(bare.ctx, {
    ...{ name: "lengths", datastoreId, vmIds: [old, fresh], schedules: [{ time: seconds() + 3600 }] },
    execution: "PARALLEL",
  });
  const { runs, schedules } = await simulateSchedules(bare.ctx, { days: 1 });
  const length = (vmId: number) => {
    const backup = runs[0]?.backups.find((one) => one.vmId === vmId);
    return backup === undefined ? null : Math.round((backup.to - backup.from) / 1000);
  };
  // 64 MiB at the usual 64 MiB in 120 s.
  expect([length(old), length(fresh)]).toEqual([120, 120]);
  expect((runs[0]?.lateEndsAt ?? 0) > (runs[0]?.endsAt ?? 0)).toBe(true);
  expect(schedules).toMatchObject([{ mayChange: true, schedule: { parentId: jobId } }]);

  const stranger = await bare.user("stranger");
  const seen = await simulateSchedules({ ...bare.ctx, actor: stranger }, { days: 1 });
  expect(seen).toMatchObject({ runs: [], schedules: [], hasHidden: true });
  expect(JSON.stringify(seen)).not.toContain("lengths");
  expect(seen.load.some((step) => step.running > 0)).toBe(true);
});

test("a try changes nothing but the answer: limits, a move, a draft", async () => {
  const [scheduled] = await bare.core.db.scheduledAction.findMany();
  const scheduleId = scheduled?.id ?? -1;
  const time = seconds() + 7200;
  const moved = await simulateSchedules(bare.ctx, { days: 1, moves: [{ scheduleId, schedule: { time } }] });
  expect(moved.runs.map((run) => run.at)).toEqual([time * 1000]);
  const narrow = await simulateSchedules(bare.ctx, { days: 1, limits: { maxBackups: 1, maxBackupsHost: 0 } });
  expect(narrow.conflicts.map((conflict) => conflict.kind)).toEqual(["over-limit"]);
  const vm = await bare.vm("drafted");
  const draft = {
    ...{ jobId: null, name: "draft", priority: 50, execution: "SEQUENTIAL" as const, vmIds: [vm] },
    ...{ selection: null, exclusions: [], datastoreId: null },
    schedules: [{ scheduleId: null, schedule: { time, repeat: "hourly" as const, days: [1] } }],
  };
  const drafted = await simulateSchedules(bare.ctx, { days: 1, draft });
  expect(drafted.runs.filter((run) => run.parentName === "draft").length).toBeGreaterThan(10);
  expect(await bare.core.db.scheduledAction.findMany()).toEqual(scheduled === undefined ? [] : [scheduled]);
  expect(await bare.core.db.backupJob.count()).toBe(1);
  const far = simulateSchedules(bare.ctx, { days: 46 });
  await expect(far).rejects.toThrow();
  await addSchedule(bare.ctx, { parentType: "VM", parentId: vm, schedule: { action: "reboot", time } });
  const both = await simulateSchedules(bare.ctx, { days: 1 });
  expect(both.runs.map((run) => run.parentType).sort()).toEqual(["BACKUPJOB", "VM"]);
});
