import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_VM_OPERATION_RIGHTS } from "../../domain/vm-operations";
import { listPlannedRuns, listSchedules } from "../schedule/queries";
import { jobTick } from "../scheduler/job-tick";
import { readLimits, readSchedulerSettings } from "../settings";
import { getSettings, setLimits, setSchedulerSettings } from "../system/settings";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { setVmOperationRights } from "../vm-operations";
import { listJobCandidates } from "./candidates";
import { createJobFromForm } from "./commands";
import { runJob } from "./execute";
import { saveJob } from "./form";
import { getJob } from "./queries";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("store");
});

afterAll(() => bare.close());

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error) => error.code as string,
  );

test("the picker says which job a VM is in", async () => {
  const [a, b] = [await bare.vm("free"), await bare.vm("taken")];
  const { jobId } = await createJobFromForm(bare.ctx, { name: "first", vmIds: [b] });
  const candidates = await listJobCandidates(bare.ctx);
  expect(candidates.find((vm) => vm.id === a)).toMatchObject({ name: "free", jobId: null, missingRight: null });
  expect(candidates.find((vm) => vm.id === b)).toMatchObject({ jobId, jobName: "first" });
});

test("the right that a member needs is the configured one, in the picker and when it is put in", async () => {
  const owner = await bare.user("owner-of-a-vm");
  const vmId = await bare.vm("of-its-owner", owner);
  const ctx = { core: bare.core, actor: owner };
  const missing = async () => (await listJobCandidates(ctx)).find((vm) => vm.id === vmId)?.missingRight;
  expect(await missing()).toBe(null);
  const { admin, manage, use } = DEFAULT_VM_OPERATION_RIGHTS;
  const without = manage.filter((name) => name !== "sched-action");
  await setVmOperationRights(bare.ctx, { admin: [...admin, "sched-action"], manage: without, use });
  expect(await missing()).toBe("ADMIN");
  expect(await code(createJobFromForm(ctx, { name: "refused", priority: 10, vmIds: [vmId] }))).toBe("NOT_AUTHORIZED");
  await setVmOperationRights(bare.ctx, DEFAULT_VM_OPERATION_RIGHTS);
  expect(await code(createJobFromForm(ctx, { name: "allowed", priority: 10, vmIds: [vmId] }))).toBe("ok");
});

test("a finished schedule stays when its job is edited, and goes when it is left out", async () => {
  const time = Math.floor(bare.core.clock.now() / 1000);
  const { jobId } = await createJobFromForm(bare.ctx, { name: "finished", schedules: [{ time: time + 60 }] });
  bare.clock.advance(62_000);
  await jobTick(bare.core);
  const stored = async () => await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId });
  const before = await stored();
  expect(before).toMatchObject([{ rule: { time: time + 60 }, message: "" }]);
  expect((before[0]?.done ?? -1) > time).toBe(true);
  const { settings } = await getJob(bare.ctx, jobId);
  const save = (schedules: Parameters<typeof saveJob>[1]["schedules"]) =>
    saveJob(bare.ctx, { jobId, name: "finished", priority: 50, settings, schedules });
  await save([{ scheduleId: before[0]?.id ?? -1, schedule: null }]);
  expect(await stored()).toEqual(before);
  await save([]);
  expect(await stored()).toEqual([]);
});

test("the form saves name, settings and schedules, or nothing at all", async () => {
  const vmId = await bare.vm("member");
  const other = await bare.vm("elsewhere");
  await createJobFromForm(bare.ctx, { name: "owner-of-it", vmIds: [other] });
  const soon = Math.floor(bare.core.clock.now() / 1000) + 3600;
  const { jobId } = await createJobFromForm(bare.ctx, {
    name: "before",
    vmIds: [vmId],
    datastoreId,
    schedules: [{ time: soon }, { time: soon + 60 }],
  });
  const [first] = await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId });
  const { settings } = await getJob(bare.ctx, jobId);
  const schedules = [
    { scheduleId: first?.id ?? -1, schedule: { time: soon + 5, repeat: "weekly" as const, days: [1, 5] } },
    { scheduleId: null, schedule: { time: soon + 120 } },
  ];
  const refused = saveJob(bare.ctx, {
    ...{ jobId, name: "after", priority: 7, schedules },
    settings: { ...settings, vmIds: [vmId, other] },
  });
  expect(await code(refused)).toBe("JOB_VM_TAKEN");
  expect(await getJob(bare.ctx, jobId)).toMatchObject({ name: "before", priority: 50, vmCount: 1 });
  const relative = [{ scheduleId: null, schedule: { time: -1 } }];
  const wrong = { jobId, name: "after", priority: 7, settings, schedules: relative };
  expect(await code(saveJob(bare.ctx, wrong))).toBe("SCHEDULE_INVALID");
  expect(await getJob(bare.ctx, jobId)).toMatchObject({ name: "before" });

  await saveJob(bare.ctx, { jobId, name: "after", priority: 7, settings: { ...settings, keepLast: 3 }, schedules });
  expect(await getJob(bare.ctx, jobId)).toMatchObject({ name: "after", priority: 7, settings: { keepLast: 3 } });
  const stored = await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId });
  expect(stored.map(({ rule }) => [rule.time, rule.repeat])).toEqual([
    [soon + 5, "weekly"],
    [soon + 120, "none"],
  ]);
});

test("a planned run tells how long its job took", async () => {
  const vmId = await bare.vm("timed");
  const at = Math.floor(bare.core.clock.now() / 1000) + 7200;
  const { jobId } = await createJobFromForm(bare.ctx, {
    name: "timed",
    vmIds: [vmId],
    execution: "PARALLEL",
    schedules: [{ time: at }],
  });
  for (const minutes of [1, 5, 9]) {
    const startedAt = new Date(bare.core.clock.now() - minutes * 3_600_000);
    const endedAt = new Date(startedAt.getTime() + minutes * 60_000);
    const id = 9_000 + minutes;
    await bare.core.db.jobRun.create({
      data: {
        id,
        jobId,
        trigger: "manual",
        actorId: 0,
        actorName: "oneadmin",
        startedAt,
        endedAt,
        planned: 1,
        done: 1,
      },
    });
  }
  const { runs } = await listPlannedRuns(bare.ctx, { from: at * 1000 - 1000, to: at * 1000 + 1000 });
  const mine = runs.filter((run) => run.parentId === jobId);
  expect(mine).toMatchObject([{ medianMs: 300_000, width: 1, isPaused: false }]);
});

test("limits and the pause are kept, audited, for administrators alone, and hold the jobs", async () => {
  const limits = { maxBackups: 9, maxBackupsHost: 3, maxOthers: 4 };
  await setLimits(bare.ctx, limits);
  expect(await readLimits(bare.core.db)).toEqual(limits);
  const until = bare.core.clock.now() + 3_600_000;
  const blackout = { days: [1], from: "08:00", to: "18:00", zone: "Europe/Madrid" };
  await setSchedulerSettings(bare.ctx, { pausedUntil: until, blackouts: [blackout] });
  expect(await getSettings(bare.ctx)).toEqual({ limits, scheduler: { pausedUntil: until, blackouts: [blackout] } });
  const audit = await bare.core.db.auditEntry.findMany({
    where: { object: "system", what: { startsWith: "settings-" } },
    select: { what: true },
  });
  expect(audit.map((entry) => entry.what)).toEqual(["settings-limits", "settings-scheduler"]);

  const { jobId } = await createJobFromForm(bare.ctx, { name: "held", vmIds: [await bare.vm("held")], datastoreId });
  await runJob(bare.ctx, jobId);
  await jobTick(bare.core);
  expect((await getJob(bare.ctx, jobId)).members.map((member) => member.list)).toEqual(["OUTDATED"]);

  const user = { ...bare.ctx, actor: { ...bare.ctx.actor, userId: 77, isAdmin: false } };
  expect(await code(setLimits(user, limits))).toBe("ADMIN_ONLY");
  expect(await code(setSchedulerSettings(user, { pausedUntil: null, blackouts: [] }))).toBe("ADMIN_ONLY");
  await setSchedulerSettings(bare.ctx, { pausedUntil: null, blackouts: [] });
  expect((await readSchedulerSettings(bare.core.db)).pausedUntil).toBeNull();
});
