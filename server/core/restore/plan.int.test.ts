import { afterAll, beforeAll, expect, test } from "vitest";
import { RestoreRequest } from "../../domain/restore";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { heardDb } from "../testing/heard-db";
import { storeBackup } from "../testing/points";
import { planFor } from "./plan";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

test("of a long chain only the VM document of the chosen point is read", async () => {
  const { db } = bare.core;
  const vmId = await bare.vm("web");
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  await bare.run(actionId);
  const { vmDocument } = await db.increment.findFirstOrThrow({ where: { image: { vmId } } });
  const named = (id: number) => vmDocument.replace("<NAME>web</NAME>", `<NAME>web-at-${id}</NAME>`);
  await storeBackup(
    db,
    { id: 401, vmId, datastoreId },
    [0, 1, 2].map((id) => ({ manifestBytes: 10, vmDocument: named(id) })),
  );

  const answers: string[] = [];
  const heard = heardDb(db, (answer) =>
    answers.push(JSON.stringify(answer, (_key, value) => (typeof value === "bigint" ? String(value) : value))),
  );
  const request = RestoreRequest.parse({ imageId: 401, datastoreId: 1, incrementId: 1 });
  const { plan, document, vmDocument: stored } = await heard.$transaction((tx) => planFor(tx, bare.ctx.actor, request));
  expect(document.name).toBe("web-at-1");
  expect(stored).toBe(named(1));
  expect(plan).toMatchObject({ incrementId: 1, totalBytesToRead: 20, isRunnable: true });
  const read = answers.join("\n");
  expect([0, 1, 2].map((id) => read.includes(`web-at-${id}`))).toEqual([false, true, false]);
});
