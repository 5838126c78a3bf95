import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { heardDb } from "../testing/heard-db";
import { storeBackup } from "../testing/points";
import { protectionOfFacts, readVmFacts } from "./facts";

const ACTION = { kind: "backup", actorId: 0, actorName: "oneadmin", input: {}, progress: {} };

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
  const facts = async () => (await readVmFacts(db, bare.ctx.actor)).filter((vm) => vm.id === vmId);
  const [none] = await facts();
  expect(none).toMatchObject({ pointCount: 0, storedBytes: 0, newestPointAt: null });
  expect(none === undefined ? null : protectionOfFacts(none, now)).toBe("never");

  await storeBackup(db, { id: 310, vmId, datastoreId }, [{ at: now - 2 }, { at: now - 1, broken: "gone" }]);
  expect(await facts()).toMatchObject([{ pointCount: 2, storedBytes: 2, newestPointAt: now - 2 }]);
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
  expect(await readVmFacts(heard, bare.ctx.actor, [mine])).toMatchObject([
    { id: mine, storedBytes: 5, lastRunId: 900, lastRunState: "FAILED", runningActionId: 901 },
  ]);
  expect(answers).toHaveLength(5);
  for (const answer of answers) expect(answer).toEqual([expect.anything()]);
  expect((await readVmFacts(db, bare.ctx.actor)).map((vm) => vm.id)).toEqual(expect.arrayContaining([mine, others]));
});
