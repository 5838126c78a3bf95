import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { createDb, type PrismaClient } from "../../../db/client";
import { SYSTEM_ACTOR } from "../../../domain/actor";
import { change, isSameContent } from "../../../drivers/testing/disks";
import type { RunningProcess } from "../../../lib/process";
import { requestBackup } from "../../backup/request";
import type { Ctx } from "../../context";
import { startChildCore } from "../../testing/child-core";
import { type GatedRemotes, type HoldPoint, makeGatedRemotes } from "../../testing/gated-remotes";
import { type Harness, startHarness } from "../../testing/harness";
import { assertInvariants } from "../../testing/invariants";
import { makeMachine, sceneOf, type TestMachine } from "../../testing/machine";
import { parseVm } from "../../vm/rows";
import { requestInPlaceRestore } from "./request";

const RESTORE = "tm/ssh/restore";
const LS = "datastore/rsync/ls";
const UPLOAD = "datastore/rsync/backup";
const SETTLE = "tm/ssh/postrestore";
const ALL = [RESTORE, LS, UPLOAD, SETTLE];

let remotes: GatedRemotes;
let harness: Harness;
let machine: TestMachine;
let db: PrismaClient;
let chainId = 0;
let point = "";

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), ALL);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "killed", { sizeMib: 64, dataMib: 16 });
  db = createDb(harness.databaseUrl);
  point = await machine.keepMoment("point");
  const { actionId } = await requestBackup(harness.ctx, {
    vmId: machine.vmId,
    datastoreId: machine.datastoreId,
    reset: false,
  });
  chainId = (await harness.finished(actionId)).result.imageId ?? -1;
  await harness.stop();
});

afterEach(async () => {
  for (const action of ALL) await remotes.release(action);
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

const ask = (safetyPoint = false) => ({ vmId: machine.vmId, imageId: chainId, incrementId: 0, safetyPoint });
const vm = async () => parseVm(await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } }));
const leftovers = async () => (await readdir(harness.dir)).filter((name) => name.includes(".strata-"));
const inTheCopy = (): HoldPoint => ({ whenFile: "*.strata-new*", below: harness.dir });

test.each<[string, string, () => HoldPoint, boolean]>([
  ["while the URLs are asked for", LS, () => "before", false],
  ["before the copy", RESTORE, () => "before", false],
  ["in the middle of the copy", RESTORE, inTheCopy, false],
  ["after the swap, before its answer was kept", RESTORE, () => "after", false],
  ["during the safety point", UPLOAD, () => "before", true],
])("killed %s: the next core carries the restore on", async (_name, action, at, safetyPoint) => {
  await change(machine.disk, "write -P 51 2M 9M");
  const before = await machine.keepMoment(`before-${action.replaceAll("/", "-")}`);
  const child = await startChild();
  await remotes.hold(action, at());
  const { actionId } = await requestInPlaceRestore(asker(), ask(safetyPoint));
  await remotes.reached(action);
  await kill(child);
  // Whatever the moment: the old disk or the new one, whole.
  expect([await isSameContent(machine.disk, before), await isSameContent(machine.disk, point)]).toContain(true);
  await remotes.release(action);
  await harness.start();
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  expect(await isSameContent(machine.disk, point)).toBe(true);
  expect(await leftovers()).toEqual([]);
  expect(await vm()).toMatchObject({ state: "POWEROFF", backupConfig: { incrementalBackupId: -1 } });
  await harness.stop();
});

test.each<[string, () => HoldPoint, boolean]>([
  ["in the middle of the copy", inTheCopy, false],
  ["after the swap", () => "after", true],
])("killed %s, with a cancel asked for: the disks are what the run's end says", async (_name, at, isReplaced) => {
  await change(machine.disk, "write -P 52 2M 9M");
  const before = await machine.keepMoment(`cancelled-${isReplaced}`);
  const child = await startChild();
  await remotes.hold(RESTORE, at());
  const { actionId } = await requestInPlaceRestore(asker(), ask());
  await remotes.reached(RESTORE);
  await kill(child);
  await db.action.update({ where: { id: actionId }, data: { cancelRequested: new Date() } });
  await remotes.release(RESTORE);
  await harness.start();
  const row = await harness.finished(actionId);
  expect(row.state).toBe(isReplaced ? "DONE" : "CANCELLED");
  expect(await isSameContent(machine.disk, isReplaced ? point : before)).toBe(true);
  expect(await leftovers()).toEqual([]);
  expect((await vm()).state).toBe("POWEROFF");
  await harness.stop();
});

test("killed while a cancelled restore is put back: the next core goes on with that", async () => {
  await change(machine.disk, "write -P 53 2M 9M");
  const before = await machine.keepMoment("settle");
  const child = await startChild();
  await remotes.hold(RESTORE, inTheCopy());
  await remotes.hold(SETTLE, "before");
  const { actionId } = await requestInPlaceRestore(asker(), ask());
  await remotes.reached(RESTORE);
  await db.action.update({ where: { id: actionId }, data: { cancelRequested: new Date() } });
  asker().core.wake();
  await remotes.reached(SETTLE);
  await kill(child);
  for (const action of [RESTORE, SETTLE]) await remotes.release(action);
  await harness.start();
  expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", error: null });
  expect(await isSameContent(machine.disk, before)).toBe(true);
  expect(await leftovers()).toEqual([]);
});
