import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { change } from "../../drivers/testing/disks";
import { cancelAction } from "../action/cancel";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { requestRestore } from "../restore/request";
import { startChildCore } from "../testing/child-core";
import { type GatedRemotes, type HoldPoint, makeGatedRemotes } from "../testing/gated-remotes";
import { type Harness, startHarness } from "../testing/harness";
import { assertInvariants } from "../testing/invariants";
import { expectNothingLeft, expectRestores, makeMachine, sceneOf, type TestMachine } from "../testing/machine";
import { updateBackupConfig } from "../vm/commands";
import { parseVm } from "../vm/rows";

const FLATTEN = "datastore/rsync/increment_flatten";
const REMOVE = "datastore/rsync/rm";
const COPY = "datastore/fs/cp";
const KEEP = 2;

let remotes: GatedRemotes;
let harness: Harness;
let machine: TestMachine;
let db: PrismaClient;
let next = 0;
/** What each point must hold. */
const moments = new Map<number, string>();

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), [FLATTEN, REMOVE, COPY]);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "flattened", { sizeMib: 64, dataMib: 16 });
  db = createDb(harness.databaseUrl);
  await updateBackupConfig(harness.ctx, { vmId: machine.vmId, config: { mode: "INCREMENT", keepLast: KEEP } });
  for (let n = 0; n < KEEP; n++) await backup(harness.ctx);
});

afterEach(async () => {
  for (const action of [FLATTEN, REMOVE, COPY]) await remotes.release(action);
  await assertInvariants(sceneOf(harness, db, machine));
});

afterAll(async () => {
  await db.$disconnect();
  await harness.close();
  await remotes.remove();
});

/** One more point, recorded; with more than KEEP points a merge follows by itself. */
async function backup(ctx: Ctx): Promise<void> {
  const id = next++;
  await change(machine.disk, `write -P ${id + 50} ${id * 3}M 5M`);
  moments.set(id, await machine.keepMoment(`point-${id}`));
  const { vmId, datastoreId } = machine;
  const { actionId } = await requestBackup(ctx, { vmId, datastoreId: id === 0 ? datastoreId : null, reset: false });
  for (let tries = 0; ; tries++) {
    const row = await db.action.findUniqueOrThrow({ where: { id: actionId } });
    if (row.state === "DONE") return;
    if (row.state !== "PENDING" && row.state !== "RUNNING") throw new Error(`${row.state}: ${row.error ?? ""}`);
    if (tries > 600) throw new Error("the backup does not end");
    await harness.core.clock.sleep(100);
  }
}

const startChild = () => startChildCore(harness, { remotesDir: remotes.dir });

const lastFlatten = () =>
  db.action.findFirstOrThrow({ where: { kind: "increment-flatten" }, orderBy: { id: "desc" }, select: { id: true } });

async function imageOf() {
  return await db.image.findFirstOrThrow({ where: { vmId: machine.vmId, type: "BACKUP" } });
}

async function restoreOf(ctx: Ctx, incrementId: number, name: string) {
  const { id: imageId } = await imageOf();
  return await requestRestore(ctx, {
    imageId,
    incrementId,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
}

/** The chain has KEEP points, the oldest is the full, nothing of the merge is left, and each restores equal. */
async function expectFlattened(): Promise<void> {
  const image = await imageOf();
  const points = await db.increment.findMany({ where: { imageId: image.id }, orderBy: { id: "asc" } });
  expect(points.map((point) => [point.id, point.type, point.expiredAt])).toEqual([
    [next - 2, "FULL", null],
    [next - 1, "INCREMENT", null],
  ]);
  expect(image).toMatchObject({ state: "READY", sizeMb: points.reduce((sum, point) => sum + point.sizeMb, 0) });
  const vm = parseVm(await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } }));
  expect(vm.backupConfig).toMatchObject({ activeFlatten: false, lastIncrementId: next - 1 });
  await expectNothingLeft(harness.ctx, machine, KEEP);
  for (const { id } of points) {
    const name = `after-${next}-${id}`;
    await expectRestores(harness, () => restoreOf(harness.ctx, id, name), moments.get(id) ?? "", name);
  }
}

const inTheMiddle = (): HoldPoint => ({
  whenFile: ".flatten-*.overlay",
  below: join(machine.repository, String(machine.vmId)),
});

test.each<[string, string, () => HoldPoint]>([
  ["before the merge", FLATTEN, () => "before"],
  ["in the middle of the merge", FLATTEN, inTheMiddle],
  ["after the merge, before its answer was kept", FLATTEN, () => "after"],
  ["after the record, before the merged files went", REMOVE, () => "before"],
])("core killed %s: the next one ends it, and what stays restores equal", async (_name, action, at) => {
  await harness.stop();
  const child = await startChild();
  await remotes.hold(action, at());
  await backup({ core: { ...harness.core, db }, actor: SYSTEM_ACTOR });
  await remotes.reached(action);
  process.kill(child.pid ?? Number.NaN, "SIGKILL");
  expect((await child.done).signal).toBe("SIGKILL");
  await remotes.release(action);
  await harness.start();
  const { id } = await lastFlatten();
  expect(await harness.finished(id)).toMatchObject({ state: "DONE", error: null });
  await expectFlattened();
});

test("a merge that is cancelled in the middle leaves the points that stay; the next increment ends it", async () => {
  await remotes.hold(FLATTEN, inTheMiddle());
  await backup(harness.ctx);
  await remotes.reached(FLATTEN);
  const { id } = await lastFlatten();
  await cancelAction(harness.ctx, id);
  await remotes.release(FLATTEN);
  expect(await harness.finished(id)).toMatchObject({ state: "CANCELLED" });
  const vm = parseVm(await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } }));
  expect(vm.backupConfig.activeFlatten).toBe(false);
  for (const point of [next - 2, next - 1]) {
    const name = `cancelled-${point}`;
    await expectRestores(harness, () => restoreOf(harness.ctx, point, name), moments.get(point) ?? "", name);
  }
  await backup(harness.ctx);
  expect(await harness.finished((await lastFlatten()).id)).toMatchObject({ state: "DONE" });
  await expectFlattened();
});

test("a restore that runs is not disturbed: the merge waits for it, says so, and follows", async () => {
  await remotes.hold(COPY, "before");
  const oldest = next - KEEP;
  const reader = await restoreOf(harness.ctx, oldest, "reader");
  await remotes.reached(COPY);
  await backup(harness.ctx);
  const { id } = await lastFlatten();
  const row = await harness.until(id, (each) => each.waitReason !== null);
  expect(row.waitReason).toContain(`run ${reader.actionId} (restore) is reading the chain`);
  await remotes.release(COPY);
  expect(await harness.finished(reader.actionId)).toMatchObject({ state: "DONE" });
  expect(await harness.finished(id)).toMatchObject({ state: "DONE" });
  await expectFlattened();
});
