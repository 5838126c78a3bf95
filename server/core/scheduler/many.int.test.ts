import { afterAll, beforeAll, expect, test } from "vitest";
import { withTx } from "../../db/tx";
import { enqueue } from "../action/enqueue";
import { requestBackup } from "../backup/request";
import { type Harness, startHarness } from "../testing/harness";
import { makeMachine, type TestMachine } from "../testing/machine";
import { transitionImage } from "../transition";

const MACHINES = 10;
let harness: Harness;
const machines: TestMachine[] = [];

beforeAll(async () => {
  harness = await startHarness();
  for (let index = 0; index < MACHINES; index += 1) {
    machines.push(await makeMachine(harness, `many-${index}`, { sizeMib: 8, dataMib: 1 }));
  }
});

afterAll(() => harness.close());

test("many runs, more than may run at once: each starts when another ends, and none is forgotten", async () => {
  const ids: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const asked = await Promise.all(
      machines.map((of) => requestBackup(harness.ctx, { vmId: of.vmId, datastoreId: of.datastoreId, reset: false })),
    );
    for (const { actionId } of asked) {
      ids.push(actionId);
      expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
    }
  }
  // A run that ends wakes the scheduler: what that starts must not be tied to the run that ended.
  expect(harness.errors).toEqual([]);
  expect(new Set(ids).size).toBe(2 * MACHINES);
});

test("a run that was claimed and never started is started by a later pass", async () => {
  const { db } = harness.core;
  const image = await db.image.findFirstOrThrow({ where: { type: "BACKUP" } });
  // As after a crash between the two: RUNNING, and no workflow.
  const actionId = await withTx(db, async (tx) => {
    await transitionImage(tx, image, "delete");
    const id = await enqueue(tx, {
      kind: "image-delete",
      actor: harness.ctx.actor,
      input: { imageId: image.id },
      imageId: image.id,
      datastoreId: image.datastoreId,
    });
    await tx.action.update({ where: { id }, data: { state: "RUNNING", startedAt: new Date() } });
    return id;
  });
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  expect(await db.image.findUnique({ where: { id: image.id } })).toBeNull();
});
