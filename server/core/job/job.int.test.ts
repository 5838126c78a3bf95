import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { requestBackup } from "../backup/request";
import { addSchedule, deleteSchedule } from "../schedule/commands";
import { listPlannedRuns, listSchedules } from "../schedule/queries";
import { jobTick } from "../scheduler/job-tick";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { updateBackupConfig } from "../vm/commands";
import { readVmMarks } from "../vm/marks";
import { parseVm } from "../vm/rows";
import { createJob, deleteJob, lockBackupJob, pauseJob, renameJob, setJobPriority, updateJob } from "./commands";
import { cancelJob, retryJob, runJob } from "./execute";
import { getJob, listJobs } from "./queries";

let bare: BareCore;
let datastoreId: number;
let count = 0;
let open: number[] = [];

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("store");
});

afterAll(() => bare.close());

afterEach(async () => {
  for (const jobId of open) await deleteJob(bare.ctx, jobId).catch(() => undefined);
  open = [];
});

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error) => error.code as string,
  );

async function machines(number: number): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < number; index++) ids.push(await bare.vm(`vm-${++count}`));
  return ids;
}

async function job(vmIds: number[], part: Partial<Parameters<typeof createJob>[1]> = {}): Promise<number> {
  const { jobId } = await createJob(bare.ctx, { name: `job-${++count}`, vmIds, datastoreId, ...part });
  open.push(jobId);
  return jobId;
}

/** A pass of the leader, then every queued backup to its end; answers the VMs in the order of their backups. */
async function pass(): Promise<number[]> {
  await jobTick(bare.core);
  const queued = await bare.core.db.action.findMany({
    where: { kind: "backup", state: "PENDING" },
    orderBy: { id: "asc" },
  });
  for (const action of queued) await bare.run(action.id);
  return queued.map((action) => action.vmId ?? -1);
}

const lists = async (jobId: number) =>
  Object.fromEntries((await getJob(bare.ctx, jobId)).members.map((member) => [member.vmId, member.list]));
const config = async (vmId: number) =>
  parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).backupConfig;

test("a sequential job backs up one VM after the other, in its order; the run counts and ends", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([b, a, b], { mode: "INCREMENT" });
  await runJob(bare.ctx, jobId);
  expect(await code(runJob(bare.ctx, jobId))).toBe("JOB_BUSY");
  expect(await lists(jobId)).toEqual({ [a]: "OUTDATED", [b]: "OUTDATED" });
  expect(await pass()).toEqual([b]);
  expect(await lists(jobId)).toEqual({ [a]: "OUTDATED", [b]: "UPDATED" });
  expect(await pass()).toEqual([a]);
  const { runs, members } = await getJob(bare.ctx, jobId);
  expect(members.map((member) => member.list)).toEqual(["UPDATED", "UPDATED"]);
  expect(runs).toMatchObject([{ trigger: "manual", planned: 2, done: 2, failed: 0, isCancelled: false }]);
  expect(runs[0]?.endedAt).not.toBeNull();
  const image = await bare.core.db.image.findFirstOrThrow({ where: { type: "BACKUP", vmId: a } });
  expect(image.backupJobId).toBe(jobId);
  expect(await config(a)).toMatchObject({ mode: "INCREMENT", backupJobId: jobId, incrementalBackupId: image.id });
});

test("each VM is in one job; leaving closes the chain; a single backup of a member is refused", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([a], { mode: "INCREMENT" });
  await runJob(bare.ctx, jobId);
  await pass();
  const other = createJob(bare.ctx, { name: "thief", vmIds: [b, a] });
  await expect(other).rejects.toThrow(`Unable to add VM ${a} to Backup Job`);
  expect((await config(b)).backupJobId).toBeNull(); // nothing of the refused job is kept
  await expect(requestBackup(bare.ctx, { vmId: a, datastoreId, reset: false })).rejects.toThrow(`backup job ${jobId}`);
  const { settings } = await getJob(bare.ctx, jobId);
  await updateJob(bare.ctx, { jobId, settings: { ...settings, vmIds: [b] } });
  expect(await config(a)).toMatchObject({ backupJobId: null, incrementalBackupId: -1, lastIncrementId: -1 });
  expect((await config(b)).backupJobId).toBe(jobId);
  await deleteJob(bare.ctx, jobId);
  expect((await config(b)).backupJobId).toBeNull();
});

test("a VM that cannot begin goes to ERROR with the reason, the others go on; retry takes it again", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([a, b], { execution: "PARALLEL" });
  await bare.core.db.vm.update({ where: { id: a }, data: { state: "UNDEPLOYED" } });
  await runJob(bare.ctx, jobId);
  expect(await pass()).toEqual([b]);
  const failed = await getJob(bare.ctx, jobId);
  expect(failed.members).toMatchObject([{ list: "ERROR", error: /state UNDEPLOYED/ }, { list: "UPDATED" }]);
  expect(failed.error).toMatch(`VM ${a}: `);
  expect(failed.runs[0]).toMatchObject({ done: 1, failed: 1 });
  await bare.core.db.vm.update({ where: { id: a }, data: { state: "POWEROFF" } });
  expect(await retryJob(bare.ctx, jobId)).toEqual({ vms: 1 });
  expect(await pass()).toEqual([a]);
  expect((await getJob(bare.ctx, jobId)).runs).toMatchObject([{ done: 2, failed: 0 }]);
});

test("failed VMs are tried again by themselves, each wait twice as long, so often and no more", async () => {
  const [a = 0] = await machines(1);
  const jobId = await job([a], { policy: { retries: { count: 2, waitMinutes: 10 } } as never });
  await bare.core.db.vm.update({ where: { id: a }, data: { state: "UNDEPLOYED" } });
  await runJob(bare.ctx, jobId);
  await pass();
  const waits: (number | null)[] = [];
  for (let round = 0; round < 3; round++) {
    const [member] = (await getJob(bare.ctx, jobId)).members;
    const retryAt = member?.retryAt ?? null;
    waits.push(retryAt === null ? null : (retryAt - bare.clock.now()) / 60_000);
    if (retryAt === null) break;
    bare.clock.advance(retryAt - bare.clock.now() - 1);
    await jobTick(bare.core);
    expect(await lists(jobId)).toEqual({ [a]: "ERROR" });
    bare.clock.advance(1);
    await jobTick(bare.core); // requeues, tries, and is refused again
  }
  expect(waits).toEqual([10, 20, null]);
  expect((await getJob(bare.ctx, jobId)).runs[0]?.endedAt).not.toBeNull();
});

test("cancel takes the waiting out and stops the running, which end in ERROR", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([a, b]);
  await runJob(bare.ctx, jobId);
  await jobTick(bare.core); // a is queued
  await cancelJob(bare.ctx, jobId);
  expect(await lists(jobId)).toEqual({ [a]: "ERROR", [b]: null });
  expect((await getJob(bare.ctx, jobId)).runs).toMatchObject([{ isCancelled: true, failed: 1 }]);
  expect((await bare.core.db.vm.findUniqueOrThrow({ where: { id: a } })).state).toBe("POWEROFF");
  expect(await pass()).toEqual([]);
});

test("a paused job waits and says so", async () => {
  const [a = 0] = await machines(1);
  const jobId = await job([a]);
  await pauseJob(bare.ctx, { jobId, until: bare.clock.now() + 60_000 });
  await runJob(bare.ctx, jobId);
  expect(await pass()).toEqual([]);
  expect((await getJob(bare.ctx, jobId)).members[0]?.waitReason).toBe("The job is paused");
  bare.clock.advance(60_001);
  expect(await pass()).toEqual([a]);
});

test("a rule finds VMs, exclusions leave them out, and who no longer fits leaves the job", async () => {
  const [a = 0, b = 0, c = 0] = await machines(3);
  await bare.core.db.vm.updateMany({ where: { id: { in: [a, b, c] } }, data: { name: "fleet-x" } });
  const selection = { namePattern: "FLEET-*", ownerIds: [], groupIds: [], hostIds: [], labels: [] };
  const jobId = await job([], {
    execution: "PARALLEL",
    policy: { selection, exclusions: [{ vmId: c, reason: "scratch machine" }] } as never,
  });
  await runJob(bare.ctx, jobId);
  expect((await pass()).sort()).toEqual([a, b].sort());
  expect((await config(a)).backupJobId).toBe(jobId);
  expect((await config(c)).backupJobId).toBeNull();
  await bare.core.db.vm.update({ where: { id: a }, data: { name: "renamed" } });
  await runJob(bare.ctx, jobId);
  expect(await pass()).toEqual([b]);
  expect((await config(a)).backupJobId).toBeNull();
});

test("a VM that its own settings leave out stays in its job, and is backed up again when its time is over", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([a, b], { execution: "PARALLEL" });
  const until = bare.clock.now() + 60_000;
  await updateBackupConfig(bare.ctx, { vmId: a, config: { leftOut: { reason: "being moved", until } }, append: true });
  await runJob(bare.ctx, jobId);
  expect(await pass()).toEqual([b]);
  expect((await config(a)).backupJobId).toBe(jobId);
  bare.clock.advance(60_001);
  await runJob(bare.ctx, jobId);
  expect((await pass()).sort()).toEqual([a, b].sort());
});

test("a new chain every so many runs", async () => {
  const [a = 0] = await machines(1);
  const jobId = await job([a], { mode: "INCREMENT", policy: { newChain: { everyRuns: 2, everyDays: 0 } } as never });
  const chains: number[] = [];
  for (let round = 0; round < 4; round++) {
    bare.clock.advance(60_000);
    await runJob(bare.ctx, jobId);
    await pass();
    chains.push((await config(a)).incrementalBackupId);
  }
  expect(chains[0]).toBe(chains[1]);
  expect(chains[2]).toBe(chains[3]);
  expect(chains[2]).not.toBe(chains[1]);
});

test("rights: members need MANAGE, the datastore USE, priorities from 50 on ADMIN, a lock stops all but its owner", async () => {
  const [a = 0] = await machines(1);
  const actor = await bare.user(`user-${++count}`);
  const ctx = { core: bare.core, actor };
  expect(await code(createJob(ctx, { name: "mine", vmIds: [a] }))).toBe("NOT_AUTHORIZED");
  expect(await code(createJob(ctx, { name: "mine", priority: 51 }))).toBe("ADMIN_ONLY");
  expect(await code(createJob(ctx, { name: "mine", priority: 100 }))).toBe("JOB_PRIORITY");
  const { jobId } = await createJob(ctx, { name: "mine" });
  open.push(jobId);
  expect(await code(createJob(ctx, { name: "mine" }))).toBe("NAME_TAKEN");
  expect(await code(setJobPriority(ctx, { jobId, priority: 50 }))).toBe("NOT_AUTHORIZED");
  expect(await code(setJobPriority(ctx, { jobId, priority: 49 }))).toBe("ok");
  const { jobId: second } = await createJob(ctx, { name: "second" });
  open.push(second);
  expect(await code(renameJob(ctx, { jobId: second, name: "mine" }))).toBe("JOB_NAME_COLLIDES");
  await lockBackupJob(ctx, { jobId, level: 2 });
  expect(await code(runJob(ctx, jobId))).toBe("OBJECT_LOCKED");
  expect(await code(runJob(bare.ctx, jobId))).toBe("OBJECT_LOCKED");
  await lockBackupJob(ctx, { jobId, level: 0 });
  expect(await code(runJob(ctx, jobId))).toBe("ok");
  const stranger = { core: bare.core, actor: await bare.user(`user-${++count}`) };
  expect(await code(getJob(stranger, jobId))).toBe("NOT_AUTHORIZED");
  const page = { offset: 0, limit: 50, descending: false };
  expect((await listJobs(stranger, page)).total).toBe(0);
  expect((await listJobs(ctx, page)).rows.map((row) => row.name)).toEqual(["second", "mine"]);
});

const seconds = () => Math.floor(bare.clock.now() / 1000);

test("a due schedule runs its job once, is armed again, and keeps the slot", async () => {
  const [a = 0] = await machines(1);
  const jobId = await job([a]);
  const time = seconds() + 60;
  const { scheduleId } = await addSchedule(bare.ctx, {
    parentType: "BACKUPJOB",
    parentId: jobId,
    schedule: { time, repeat: "hourly", days: [1], zone: "UTC" },
  });
  expect(await pass()).toEqual([]);
  expect((await getJob(bare.ctx, jobId)).nextRunAt).toBe(time * 1000);
  bare.clock.advance(62_000);
  await Promise.all([jobTick(bare.core), jobTick(bare.core), jobTick(bare.core)]);
  expect(await pass()).toEqual([a]);
  expect(await pass()).toEqual([]);
  const [schedule] = await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId });
  expect(schedule).toMatchObject({ message: "", rule: { time: time + 3600 } });
  const { runs } = await getJob(bare.ctx, jobId);
  expect(runs).toMatchObject([{ trigger: "schedule", done: 1 }]);
  const planned = await listPlannedRuns(bare.ctx, { from: bare.clock.now(), to: bare.clock.now() + 3 * 3_600_000 });
  expect(planned.runs.map((run) => run.at / 1000)).toEqual([time + 3600, time + 7200, time + 10_800]);
  await deleteSchedule(bare.ctx, scheduleId);
});

test("a schedule that cannot run says why and runs as soon as it can", async () => {
  const [a = 0, b = 0] = await machines(2);
  const jobId = await job([a, b]);
  await runJob(bare.ctx, jobId);
  await addSchedule(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId, schedule: { time: seconds() - 5 } });
  await pass();
  const message = async () => (await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId }))[0]?.message;
  expect(await message()).toBe("Unable to execute Backup Job, pending backups in progress");
  await pass(); // the first run ends, and the due schedule begins the second
  await pass();
  expect(await message()).toBe("");
  expect((await getJob(bare.ctx, jobId)).runs).toHaveLength(2);
});

test("a missed time is skipped when the schedule says so", async () => {
  const [a = 0] = await machines(1);
  const jobId = await job([a]);
  const schedule = { time: seconds() - 3600, repeat: "hourly" as const, days: [2], catchUp: "skip" as const };
  await addSchedule(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId, schedule });
  expect(await pass()).toEqual([]);
  const [row] = await listSchedules(bare.ctx, { parentType: "BACKUPJOB", parentId: jobId });
  expect(row).toMatchObject({ message: /^Skipped/, rule: { time: schedule.time + 7200 } });
  expect((await readVmMarks(bare.ctx, a)).missed).toEqual([{ at: schedule.time * 1000 }]);
});

test("a scheduled backup of a VM: with its author's rights, never of a job's member, to datastores one may use", async () => {
  const actor = await bare.user(`user-${++count}`);
  const ctx = { core: bare.core, actor };
  const vmId = await bare.vm(`vm-${++count}`, actor);
  const add = (args: string, parentId = vmId, as = ctx) =>
    addSchedule(as, { parentType: "VM", parentId, schedule: { action: "backup", args, time: seconds() - 1 } });
  expect(await code(add("x"))).toBe("SCHEDULE_INVALID");
  await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { permissions: 0o600 } });
  expect(await code(add(String(datastoreId)))).toBe("NOT_AUTHORIZED");
  await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { permissions: 0o644 } });
  await add(String(datastoreId));
  bare.clock.advance(2_000);
  expect(await pass()).toEqual([vmId]);
  expect((await listSchedules(ctx, { parentType: "VM", parentId: vmId }))[0]).toMatchObject({ message: "" });

  const [member = 0] = await machines(1);
  const jobId = await job([member]);
  await add(String(datastoreId), member, bare.ctx);
  bare.clock.advance(2_000);
  expect(await pass()).toEqual([]);
  const [refused] = await listSchedules(bare.ctx, { parentType: "VM", parentId: member });
  expect(refused?.message).toContain(`backup job ${jobId}`);
});

test("other actions of a VM by schedule: each runs once, malformed arguments say their form", async () => {
  const vmId = await bare.vm(`vm-${++count}`);
  const add = (action: string, args: string) =>
    addSchedule(bare.ctx, { parentType: "VM", parentId: vmId, schedule: { action, args, time: seconds() - 1 } });
  await add("disk-snapshot-create", "0, before the update");
  bare.clock.advance(2_000);
  await Promise.all([jobTick(bare.core), jobTick(bare.core)]);
  await jobTick(bare.core);
  const actions = await bare.core.db.action.findMany({ where: { vmId } });
  expect(actions).toMatchObject([{ kind: "disk-snapshot-create", state: "PENDING" }]);
  expect(actions[0]?.scheduleId).not.toBeNull();
  await bare.run(actions[0]?.id ?? -1);
  await add("disk-snapshot-revert", "zero");
  bare.clock.advance(2_000);
  await jobTick(bare.core);
  expect((await listSchedules(bare.ctx, { parentType: "VM", parentId: vmId })).map((row) => row.message)).toEqual([
    "",
    "Missing or malformed ARGS for: disk-snapshot-revert. Format: disk-id, snapshot-id",
  ]);
});
