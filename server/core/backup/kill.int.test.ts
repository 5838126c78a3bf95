import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { change } from "../../drivers/testing/disks";
import type { RunningProcess } from "../../lib/process";
import type { Ctx } from "../context";
import { requestRestore } from "../restore/request";
import { startChildCore } from "../testing/child-core";
import { type GatedRemotes, type HoldPoint, makeGatedRemotes } from "../testing/gated-remotes";
import { type Harness, startHarness } from "../testing/harness";
import { assertInvariants } from "../testing/invariants";
import { expectNothingLeft, expectRestores, makeMachine, namesIn, sceneOf, type TestMachine } from "../testing/machine";
import { requestBackup } from "./request";

// After each step: ../testing/step-crash.int.test.ts and, all of them, step-crash.slow.int.test.ts.
const PREBACKUP = "tm/ssh/prebackup";
const UPLOAD = "datastore/rsync/backup";
const COPY = "datastore/fs/cp";
const CLONE = "tm/ssh/clone";

let remotes: GatedRemotes;
let harness: Harness;
let machine: TestMachine;
let db: PrismaClient;
let points = 0;

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), [PREBACKUP, UPLOAD, COPY, CLONE]);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "killed");
  db = createDb(harness.databaseUrl);
  const { actionId } = await requestBackup(harness.ctx, {
    vmId: machine.vmId,
    datastoreId: machine.datastoreId,
    reset: false,
  });
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE" });
  points = 1;
  await harness.stop();
});

beforeEach(() => harness.stop());

afterEach(async () => {
  for (const action of [PREBACKUP, UPLOAD, COPY, CLONE]) await remotes.release(action);
  await assertInvariants(sceneOf(harness, db, machine));
});

afterAll(async () => {
  await db.$disconnect();
  await harness.close();
  await remotes.remove();
});

const startChild = () => startChildCore(harness, { remotesDir: remotes.dir });

/** Ask, without a core in this process: the one in the child is woken by the database. */
function asker(): Ctx {
  return { core: { ...harness.core, db }, actor: SYSTEM_ACTOR };
}

async function kill(child: RunningProcess): Promise<void> {
  process.kill(child.pid ?? Number.NaN, "SIGKILL");
  expect((await child.done).signal).toBe("SIGKILL");
}

const backup = (ctx: Ctx) => requestBackup(ctx, { vmId: machine.vmId, datastoreId: null, reset: false });

async function restore(ctx: Ctx, name: string) {
  const image = await db.image.findFirstOrThrow({
    where: { vmId: machine.vmId, type: "BACKUP" },
    orderBy: { id: "desc" },
  });
  return await requestRestore(ctx, {
    imageId: image.id,
    incrementId: null,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
}

/** The middle of a copy of the next increment: its file is there and not complete. */
const inTheMiddle = (below: () => string) => (): HoldPoint => ({ whenFile: `disk.0.${points}`, below: below() });

test.each<[string, string, () => HoldPoint]>([
  ["in the middle of the pre-backup", PREBACKUP, inTheMiddle(() => join(machine.vmDir, "backup"))],
  ["after the pre-backup, before its answer was kept", PREBACKUP, () => "after"],
  ["in the middle of the upload", UPLOAD, inTheMiddle(() => machine.repository)],
])("killed %s: the next core carries the backup on, once, and it restores equal", async (_name, action, at) => {
  await change(machine.disk, `write -P ${40 + points} ${points * 7}M 20M`);
  const moment = await machine.keepMoment(`kill-${points}`);
  const child = await startChild();
  await remotes.hold(action, at());
  const { actionId } = await backup(asker());
  await remotes.reached(action);
  await kill(child);
  await remotes.release(action);
  await harness.start();
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", error: null });
  expect(row.result.incrementId).toBe(points);
  points += 1;
  await expectNothingLeft(harness.ctx, machine, points);
  await expectRestores(harness, (name) => restore(harness.ctx, name), moment, `after-kill-${points}`);
});

test.each<[string, string, () => HoldPoint]>([
  ["in the middle of the copy", COPY, () => ({ whenFile: "*.part", below: imageFolder() })],
  ["while the VM's disk is made", CLONE, () => "before"],
])("killed %s: the restore is carried on, with one image, template and VM", async (_name, action, at) => {
  const moment = await machine.keepMoment("restore");
  await harness.start();
  const made = await backup(harness.ctx);
  expect(await harness.finished(made.actionId)).toMatchObject({ state: "DONE" });
  await harness.stop();
  const counts = async () => [
    await db.image.count({ where: { type: { not: "BACKUP" } } }),
    await db.vmTemplate.count(),
    await db.vm.count(),
    (await namesIn(imageFolder())).length,
  ];
  const before = await counts();
  const child = await startChild();
  await remotes.hold(action, at());
  const { actionId } = await restore(asker(), `killed-${before[0]}`);
  await remotes.reached(action);
  await kill(child);
  await remotes.release(action);
  await harness.start();
  await expectRestores(harness, async () => ({ actionId }), moment, "");
  expect(await counts()).toEqual(before.map((count) => count + 1));
});

test("killed after a cancel was asked for: the next core ends it as cancelled and clean", async () => {
  points = await db.increment.count({ where: { image: { vmId: machine.vmId } } });
  const child = await startChild();
  await remotes.hold(UPLOAD, "after");
  const { actionId } = await backup(asker());
  await remotes.reached(UPLOAD);
  await kill(child);
  await db.action.update({ where: { id: actionId }, data: { cancelRequested: new Date() } });
  await remotes.release(UPLOAD);
  await harness.start();
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", error: null });
  await expectNothingLeft(harness.ctx, machine, points);
});

test.each<[string, string, () => HoldPoint]>([
  ["pre-backup", PREBACKUP, inTheMiddle(() => join(machine.vmDir, "backup"))],
  ["upload", UPLOAD, inTheMiddle(() => machine.repository)],
])("stopped gracefully in the middle of the %s: the next start carries it on", async (_name, action, at) => {
  await harness.start();
  await change(machine.disk, `write -P ${80 + points} ${points * 5}M 20M`);
  const moment = await machine.keepMoment(`stop-${points}`);
  await remotes.hold(action, at());
  const { actionId } = await backup(harness.ctx);
  await remotes.reached(action);
  await harness.stop();
  expect(await db.action.findUniqueOrThrow({ where: { id: actionId } })).toMatchObject({
    state: "RUNNING",
    error: null,
  });
  await remotes.release(action);
  await harness.start();
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  points += 1;
  await expectNothingLeft(harness.ctx, machine, points);
  await expectRestores(harness, (name) => restore(harness.ctx, name), moment, `after-stop-${points}`);
});

function imageFolder(): string {
  return join(harness.core.config.datastoreLocation, "1");
}
