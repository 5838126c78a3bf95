import { afterAll, beforeAll, expect, test } from "vitest";
import type { VerifyPolicy } from "../../domain/verify-policy";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { getVerifySchedule, setVerifyPolicy, verifyTick } from "./policy";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const policy: VerifyPolicy = {
  everyDays: 7,
  // The clock of the test begins at noon.
  window: { days: [0, 1, 2, 3, 4, 5, 6], from: "11:00", to: "17:00", zone: "UTC" },
  atOnce: 1,
  budgetGib: null,
};

let bare: BareCore;
let datastoreId: number;
beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("checked");
  const now = bare.clock.now();
  await storeBackup(bare.core.db, { id: 501, vmId: 70, datastoreId }, [{ at: now - 3 * DAY }]);
  await storeBackup(bare.core.db, { id: 502, vmId: 71, datastoreId }, [{ at: now - DAY }]);
  bare.drivers.on("datastore/verify", ({ document }) => {
    const source = /<SOURCE>([0-9a-f]{6,})<\/SOURCE>(?![\s\S]*<SOURCE>)/.exec(document)?.[1] ?? "";
    return JSON.stringify({ points: [{ incrementId: 0, backupId: source, problem: "It is torn.", files: [] }] });
  });
});
afterAll(() => bare.close());

const runs = () => bare.core.db.action.findMany({ where: { kind: "verify", datastoreId }, orderBy: { id: "asc" } });
const schedule = () => getVerifySchedule(bare.ctx, datastoreId);

test("off, nothing is checked; who may not manage the datastore may not turn it on", async () => {
  await verifyTick(bare.core);
  expect(await runs()).toEqual([]);
  expect(await schedule()).toMatchObject({ policy: null, plan: null, coverage: { checked: 0, points: 2 } });
  const ctx = { ...bare.ctx, actor: await bare.user("reader") };
  await expect(setVerifyPolicy(ctx, { datastoreId, policy })).rejects.toThrow("MANAGE");
});

test("a check for the newest points first, once whoever looks, and not while a backup waits there", async () => {
  await setVerifyPolicy(bare.ctx, { datastoreId, policy });
  const { actionId: backup } = await requestBackup(bare.ctx, {
    vmId: await bare.vm("busy"),
    datastoreId,
    reset: false,
  });
  await verifyTick(bare.core);
  expect(await runs()).toEqual([]);
  expect((await schedule()).plan).toMatchObject({ due: 2, waiting: `Run ${backup} comes first.` });
  await bare.run(backup);

  // Two leaders for a moment.
  await Promise.all([verifyTick(bare.core), verifyTick(bare.core)]);
  expect(await runs()).toHaveLength(1);
  for (const run of await runs()) await bare.run(run.id);
  for (let pass = 0; pass < 3; pass++) {
    await verifyTick(bare.core);
    for (const run of await runs()) if (run.state === "PENDING") await bare.run(run.id);
  }
  const made = await bare.core.db.image.findFirstOrThrow({ where: { datastoreId, id: { notIn: [501, 502] } } });
  expect((await runs()).map((run) => run.imageId)).toEqual([made.id, 502, 501]);
  expect(await runs()).toMatchObject([0, 1, 2].map(() => ({ state: "DONE", actorName: "oneadmin" })));
});

test("what was found is on the points, in the coverage and in the outbox of notifications", async () => {
  const broken = await bare.core.db.increment.findMany({ where: { imageId: { in: [501, 502] } } });
  expect(broken).toMatchObject([0, 1].map(() => ({ verification: "failed", broken: "It is torn." })));
  const told = await bare.core.db.notification.findMany({ where: { kind: "run-warning" } });
  expect(told.length).toBeGreaterThanOrEqual(2);
  const view = await schedule();
  expect(view).toMatchObject({ plan: { due: 0, waiting: null }, coverage: { days: 7 } });
  expect(view.last).toMatchObject({ state: "DONE" });
  expect(view.coverage.checked).toBe(view.coverage.points);
});

test("it is due again after the days, inside the window only", async () => {
  bare.clock.advance(7 * DAY + 8 * HOUR);
  const before = (await runs()).length;
  await verifyTick(bare.core);
  expect((await schedule()).plan).toMatchObject({ due: 3, waiting: "The window is closed." });
  expect(await runs()).toHaveLength(before);
  bare.clock.advance(16 * HOUR);
  await verifyTick(bare.core);
  expect(await runs()).toHaveLength(before + 1);
});
