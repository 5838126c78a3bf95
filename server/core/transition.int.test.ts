import { afterAll, beforeAll, expect, test } from "vitest";
import { withTx } from "../db/tx";
import { requestBackup } from "./backup/request";
import { requestDemoLoad } from "./demo/commands";
import { requestImageDelete } from "./image/commands";
import { requestRestore } from "./restore/request";
import { type BareCore, startBareCore } from "./testing/bare-core";
import { transitionVm } from "./transition";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

/** How many of some requests made at once went through, and the codes of the others. */
async function settle(requests: Promise<unknown>[]): Promise<{ won: number; codes: unknown[] }> {
  const results = await Promise.allSettled(requests);
  const lost = results.filter((result) => result.status === "rejected");
  return { won: results.length - lost.length, codes: lost.map((result) => result.reason.code) };
}

test("of two moves from the same state exactly one happens, with exactly one event", async () => {
  const vmId = await bare.vm("race");
  const events = () => bare.core.db.event.count({ where: { topic: "vm", objectId: vmId, type: "state" } });
  const before = await events();
  const move = () => withTx(bare.core.db, (tx) => transitionVm(tx, { id: vmId, state: "POWEROFF" }, "backup"));
  expect(await settle(Array.from({ length: 8 }, move))).toEqual({ won: 1, codes: Array(7).fill("VM_WRONG_STATE") });
  expect(await events()).toBe(before + 1);
});

test("a move that the table does not have leaves the row as it is", async () => {
  const vmId = await bare.vm("refused");
  const move = withTx(bare.core.db, (tx) => transitionVm(tx, { id: vmId, state: "POWEROFF" }, "prolog.done"));
  await expect(move).rejects.toMatchObject({ code: "VM_WRONG_STATE" });
  expect(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).toMatchObject({ state: "POWEROFF" });
});

test("a VM asked for eight times at once is backed up once", async () => {
  const vmId = await bare.vm("eight");
  const requests = Array.from({ length: 8 }, () => requestBackup(bare.ctx, { vmId, datastoreId, reset: false }));
  expect(await settle(requests)).toEqual({ won: 1, codes: Array(7).fill("VM_WRONG_STATE") });
  expect(await bare.core.db.action.count({ where: { vmId } })).toBe(1);
});

test("a restore and the deletion of its backup never both begin", async () => {
  for (let round = 0; round < 6; round += 1) {
    const vmId = await bare.vm(`deleted-${round}`);
    const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
    const image = await bare.core.db.image.findFirstOrThrow({ where: { vmId } });
    const request = {
      imageId: image.id,
      incrementId: null,
      datastoreId: 1,
      name: `r${round}`,
      network: "keep" as const,
      diskIds: [],
      instantiate: null,
    };
    const outcome = await settle([
      ...(round % 2 === 0 ? [requestRestore(bare.ctx, request)] : []),
      requestImageDelete(bare.ctx, image.id),
      ...(round % 2 === 1 ? [requestRestore(bare.ctx, request)] : []),
    ]);
    expect(outcome.won).toBe(1);
    expect(["RESTORE_IN_PROGRESS", "IMAGE_WRONG_STATE"]).toContain(outcome.codes[0]);
  }
});

test("the demo machines asked for many times at once are one run", async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => requestDemoLoad(bare.ctx)));
  expect(new Set(answers.map((answer) => answer.actionId)).size).toBe(1);
  expect(await bare.core.db.action.count({ where: { kind: "demo-load" } })).toBe(1);
});
