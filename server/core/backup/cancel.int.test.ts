import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { change } from "../../drivers/testing/disks";
import { cancelAction } from "../action/cancel";
import { listRestoreSources } from "../restore/queries";
import { requestRestore } from "../restore/request";
import { type GatedRemotes, type HoldPoint, makeGatedRemotes } from "../testing/gated-remotes";
import { type Harness, startHarness } from "../testing/harness";
import { expectNothingLeft, expectRestores, makeMachine, namesIn, type TestMachine } from "../testing/machine";
import { requestBackup } from "./request";

const PREBACKUP = "tm/ssh/prebackup";
const UPLOAD = "datastore/rsync/backup";
const COPY = "datastore/fs/cp";
const CLONE = "tm/ssh/clone";
let remotes: GatedRemotes;
let harness: Harness;
let machine: TestMachine;
let points = 0;

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), [PREBACKUP, UPLOAD, COPY, CLONE]);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "cancelled");
});

afterEach(async () => {
  for (const action of [PREBACKUP, UPLOAD, COPY, CLONE]) await remotes.release(action);
});

afterAll(async () => {
  await harness.close();
  await remotes.remove();
});

const backup = () => requestBackup(harness.ctx, { vmId: machine.vmId, datastoreId: machine.datastoreId, reset: false });

async function restore(name: string) {
  const image = await harness.core.db.image.findFirstOrThrow({
    where: { vmId: machine.vmId, type: "BACKUP" },
    orderBy: { id: "desc" },
  });
  return await requestRestore(harness.ctx, {
    imageId: image.id,
    incrementId: null,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
}

/** The next backup works, and what it stores is the disk of now. */
async function expectNextWorks(name: string): Promise<void> {
  const { actionId } = await backup();
  const moment = await machine.keepMoment(name);
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  points += 1;
  await expectNothingLeft(harness.ctx, machine, points);
  await expectRestores(harness, restore, moment, name);
}

test("cancelled while queued: it never starts", async () => {
  await harness.core.db.setting.create({
    data: { name: "limits", value: { maxBackups: 1, maxBackupsHost: 1, maxOthers: 4 } },
  });
  const other = await makeMachine(harness, "first-in-line", { dataMib: 1 });
  await remotes.hold(PREBACKUP, "before");
  const first = await requestBackup(harness.ctx, { vmId: other.vmId, datastoreId: other.datastoreId, reset: false });
  await remotes.reached(PREBACKUP);
  const { actionId } = await backup();
  const waiting = await harness.until(actionId, (row) => row.waitReason !== null);
  expect(waiting.waitReason).toMatch(/limit MAX_BACKUPS/);
  await cancelAction(harness.ctx, actionId);
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", startedAt: null, error: null });
  await expectNothingLeft(harness.ctx, machine, 0);
  await remotes.release(PREBACKUP);
  expect(await harness.finished(first.actionId)).toMatchObject({ state: "DONE" });
  await harness.core.db.setting.deleteMany();
});

test.each<[string, string, () => HoldPoint]>([
  ["before the pre-backup", PREBACKUP, () => "before"],
  [
    "in the middle of the pre-backup",
    PREBACKUP,
    () => ({ whenFile: "disk.0.*", below: join(machine.vmDir, "backup") }),
  ],
  ["after the pre-backup", PREBACKUP, () => "after"],
  ["in the middle of the upload", UPLOAD, () => ({ whenFile: "disk.0.*", below: machine.repository })],
  ["after the upload, before it is recorded", UPLOAD, () => "after"],
])("cancelled %s: CANCELLED, nothing left", async (_name, action, at) => {
  await change(machine.disk, "write -P 99 60M 24M");
  await remotes.hold(action, at());
  const { actionId } = await backup();
  await remotes.reached(action);
  await cancelAction(harness.ctx, actionId);
  await cancelAction(harness.ctx, actionId); // asking twice is asking once
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", error: null });
  await expectNothingLeft(harness.ctx, machine, points);
});

test("after all these the next backup and its increment work and restore right", async () => {
  await remotes.release(UPLOAD);
  await expectNextWorks("after-cancel");
  await change(machine.disk, "write -P 5 10M 3M");
  await expectNextWorks("increment");
});

test.each<[string, () => HoldPoint]>([
  ["pre-backup", () => ({ whenFile: "disk.0.2", below: join(machine.vmDir, "backup") })],
  ["upload", () => ({ whenFile: "disk.0.2", below: machine.repository })],
])("an increment cancelled in the middle of its %s loses no change", async (name, at) => {
  await change(machine.disk, `write -P ${name.length} 20M 5M`);
  const action = name === "upload" ? UPLOAD : PREBACKUP;
  await remotes.hold(action, at());
  const { actionId } = await backup();
  await remotes.reached(action);
  await cancelAction(harness.ctx, actionId);
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED" });
  await expectNothingLeft(harness.ctx, machine, points);
  await remotes.release(action);
});

test("the increment after them holds all changes since the last point", async () => {
  await change(machine.disk, "write -P 77 30M 1M");
  await expectNextWorks("after-increments");
  const done = await harness.core.db.action.findMany({ where: { vmId: machine.vmId, kind: "BACKUP", state: "DONE" } });
  expect(done.flatMap((each) => each.warnings)).toEqual([]); // a full in a new chain would be one
  const stored = await harness.core.db.increment.findMany({
    where: { image: { vmId: machine.vmId } },
    orderBy: { id: "asc" },
  });
  expect(stored).toHaveLength(points);
  expect(new Set(stored.map((each) => each.imageId)).size).toBe(1);
});

test.each<[string, string, () => HoldPoint]>([
  ["before the copy", COPY, () => "before"],
  ["in the middle of the copy", COPY, () => ({ whenFile: "*.part*", below: imageFolder() })],
  ["after the copy", COPY, () => "after"],
  ["while the VM's disk is made", CLONE, () => "before"],
])("a restore cancelled %s leaves no image, template, VM or file", async (_name, action, at) => {
  const { db } = harness.core;
  const inventory = async () => ({
    images: await db.image.count(),
    templates: await db.vmTemplate.count(),
    vms: await db.vm.count({ where: { state: { not: "DONE" } } }),
    files: await namesIn(imageFolder()),
    folders: await namesIn(join(harness.core.config.datastoreLocation, "0")),
    quotas: await db.datastoreQuota.findMany(),
  });
  const before = await inventory();
  await remotes.hold(action, at());
  const { actionId } = await restore("never");
  await remotes.reached(action);
  await cancelAction(harness.ctx, actionId);
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", error: null });
  expect(await inventory()).toEqual(before);
  await remotes.release(action);
  expect((await listRestoreSources(harness.ctx, ""))[0]?.pointCount).toBe(points);
});

function imageFolder(): string {
  return join(harness.core.config.datastoreLocation, "1");
}

test("the original disk was never touched by any of it", async () => {
  await access(machine.disk);
  await expectNextWorks("last");
});
