import { afterAll, beforeAll, expect, test } from "vitest";
import { createJobFromForm } from "../job/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { expectForetold } from "../testing/foretold";
import { addSchedule } from "./commands";
import { simulateSchedules } from "./simulate";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const seconds = () => Math.floor(bare.clock.now() / 1000);

test("the next runs that the calendar shows are those that fire under a moved clock", async () => {
  await expectForetold(bare, 60);
});

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
