import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { heardDb } from "../testing/heard-db";
import { type StoredPoint, storeBackup } from "../testing/points";
import { updateBackupConfig } from "./commands";
import { readVmFacts, type VmFacts } from "./facts";
import { readVmMarks } from "./marks";
import { getVm } from "./queries";

const ACTION = { kind: "backup", actorId: 0, actorName: "oneadmin", input: {}, progress: {} };
const HOUR = 3_600_000;

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

test("only images in state READY hold restore points", async () => {
  const { db } = bare.core;
  const vmId = await bare.vm("web");
  const now = bare.core.clock.now();
  for (const [index, state] of ["ERROR", "DELETE", "LOCKED"].entries()) {
    await storeBackup(db, { id: 301 + index, vmId, datastoreId, state }, [{ at: now, storedBytes: 9 }]);
  }
  const none = { pointCount: 0, storedBytes: 0, newestPointAt: null, protection: "never" };
  expect(await getVm(bare.ctx, vmId)).toMatchObject(none);

  await storeBackup(db, { id: 310, vmId, datastoreId }, [{ at: now - 2 }, { at: now - 1, broken: "gone" }]);
  expect(await getVm(bare.ctx, vmId)).toMatchObject({ pointCount: 2, storedBytes: 2, newestPointAt: now - 2 });
});

test("facts of one VM are asked of the database for that VM alone", async () => {
  const { db } = bare.core;
  const mine = await bare.vm("mine");
  const others = await bare.vm("others");
  for (const [index, vmId] of [mine, others].entries()) {
    await storeBackup(db, { id: 320 + index, vmId, datastoreId }, [{ storedBytes: 5 + index }]);
    for (const [more, state] of ["FAILED", "RUNNING"].entries()) {
      await db.action.create({ data: { ...ACTION, id: 900 + 10 * index + more, vmId, state } });
    }
  }
  const answers: unknown[] = [];
  const heard = heardDb(db, (answer) => answers.push(answer));
  const now = bare.core.clock.now();
  expect(await readVmFacts(heard, bare.ctx.actor, now, [mine])).toMatchObject([
    { id: mine, lastRunId: 900, lastRunState: "FAILED", runningActionId: 901 },
  ]);
  expect(answers).toEqual([[expect.anything()]]);
  const all = await readVmFacts(db, bare.ctx.actor, now);
  expect(all.map((vm) => vm.id)).toEqual(expect.arrayContaining([mine, others]));
});

test("the first full of a VM is estimated by the usual speed of its host, as long as it has no point", async () => {
  const { db, clock } = bare.core;
  const [fresh, other] = [await bare.vm("newcomer"), await bare.vm("done-before")];
  expect(await getVm(bare.ctx, fresh)).toMatchObject({ fullEstimateMs: null });
  const { hostId } = await db.vm.findUniqueOrThrow({ where: { id: other } });
  const startedAt = new Date(clock.now() - 10_000);
  const run = { ...ACTION, vmId: other, state: "DONE", hostId, startedAt, endedAt: new Date(clock.now()) };
  for (const [index, bytes] of [10, 20, 4000].entries()) {
    await db.action.create({ data: { ...run, id: 1500 + index, bytes: BigInt(bytes * 1024 * 1024) } });
  }
  const vm = await getVm(bare.ctx, fresh);
  expect(vm.fullEstimateMs).toBeCloseTo((vm.fullEstimateBytes / (2 * 1024 * 1024)) * 1000, 3);
});

test("a timeline shows what failed and when there was no young point, by runs and points", async () => {
  const { db, clock } = bare.core;
  const now = clock.now();
  const vmId = await bare.vm("marked");
  await updateBackupConfig(bare.ctx, { vmId, config: { rpoMinutes: 120 } });
  await storeBackup(db, { id: 390, vmId, datastoreId }, [
    { at: now - 10 * HOUR },
    { at: now - 3 * HOUR },
    { at: now - 2.5 * HOUR, broken: "gone" },
  ]);
  const run = { ...ACTION, vmId };
  await db.action.create({ data: { ...run, id: 1600, state: "DONE", startedAt: new Date(now - 8 * HOUR) } });
  await db.action.create({
    data: { ...run, id: 1601, state: "FAILED", endedAt: new Date(now - 7 * HOUR), error: "no space" },
  });
  expect(await readVmMarks(bare.ctx, vmId)).toEqual({
    failed: [{ actionId: 1601, at: now - 7 * HOUR, error: "no space" }],
    missed: [],
    late: [
      { from: now - 6 * HOUR, to: now - 3 * HOUR },
      { from: now - HOUR, to: now },
    ],
  });
  const stranger = { ...bare.ctx, actor: await bare.user("stranger") };
  await expect(readVmMarks(stranger, vmId)).rejects.toMatchObject({ code: "NOT_AUTHORIZED" });
});

test("one word for how a VM is protected, with and without what runs now", async () => {
  const { db, clock } = bare.core;
  const now = clock.now();
  const point = (hoursAgo: number, more: Partial<StoredPoint> = {}) => ({ at: now - hoursAgo * HOUR, ...more });
  const cases: [string, StoredPoint[], string[], number | null, VmFacts["protection"], VmFacts["settled"]][] = [
    ["nothing yet", [], [], null, "never", "never"],
    ["first backup running", [], ["RUNNING"], null, "running", "never"],
    ["fresh", [point(1)], ["DONE"], null, "protected", "protected"],
    ["exactly at the limit", [point(26)], ["DONE"], null, "protected", "protected"],
    ["over the limit", [point(26.01)], ["DONE"], null, "late", "late"],
    ["own limit", [point(5)], ["DONE"], 4, "late", "late"],
    ["failed last", [point(1)], ["DONE", "FAILED"], null, "failing", "failing"],
    ["failed before", [point(1)], ["FAILED", "DONE"], null, "protected", "protected"],
    ["failed last, running again", [point(1)], ["FAILED", "RUNNING"], null, "failing", "failing"],
    ["cancelled last", [point(1)], ["DONE", "CANCELLED"], null, "protected", "protected"],
    ["late and queued", [point(90)], ["DONE", "PENDING"], null, "running", "late"],
    ["only a broken point", [point(1, { broken: "gone" })], ["DONE"], null, "never", "never"],
    ["the newest is broken", [point(40), point(1, { broken: "gone" })], ["DONE"], null, "late", "late"],
    ["not in the order of time", [point(1), point(40)], ["DONE"], null, "protected", "protected"],
  ];
  let actionId = 2000;
  for (const [index, [name, points, runs, rpoHours]] of cases.entries()) {
    const vmId = await bare.vm(name);
    if (rpoHours !== null) await updateBackupConfig(bare.ctx, { vmId, config: { rpoMinutes: rpoHours * 60 } });
    if (points.length > 0) await storeBackup(db, { id: 400 + index, vmId, datastoreId }, points);
    for (const state of runs) await db.action.create({ data: { ...ACTION, id: actionId++, vmId, state } });
  }
  const byName = new Map((await readVmFacts(db, bare.ctx.actor, now)).map((vm) => [vm.name, vm]));
  expect(cases.map(([name]) => [name, byName.get(name)?.protection, byName.get(name)?.settled])).toEqual(
    cases.map(([name, , , , shown, settled]) => [name, shown, settled]),
  );
});
