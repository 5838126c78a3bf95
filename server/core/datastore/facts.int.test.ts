import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { readStoreContents } from "./contents";
import { readStoreFacts } from "./facts";

const MIB = 1024 * 1024;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("state, speed, checks and contents of a datastore, of what may be seen", async () => {
  const { core, ctx } = bare;
  const owner = await bare.user("fay");
  const datastoreId = await bare.datastore("facts");
  await core.db.datastore.update({
    where: { id: datastoreId },
    data: { monitoredAt: new Date(core.clock.now()), usedMb: 10, freeMb: 90, totalMb: 100 },
  });
  const a = await bare.vm("aa", owner);
  const b = await bare.vm("bb", owner);
  const store = (id: number, vmId: number, vmName: string, bytes: number[], uid = owner.userId) =>
    storeBackup(
      core.db,
      { id, vmId, vmName, datastoreId, uid },
      bytes.map((storedBytes, n) => ({ storedBytes, at: 1000 * id + n })),
    );
  await store(900, a, "aa", [100, 50]);
  await store(901, b, "bb", [200]);
  await store(902, a, "aa", [25]);
  await store(903, 99, "hidden", [1000], 0);
  await core.db.increment.update({
    where: { imageId_id: { imageId: 901, id: 0 } },
    data: { verification: "failed", verifiedAt: new Date(5000) },
  });
  let id = 5000;
  const run = async (seconds: number, more: { state?: string; error?: string; mib?: number } = {}) =>
    await core.db.action.create({
      data: {
        id: id++,
        kind: "backup",
        state: more.state ?? "DONE",
        error: more.error ?? null,
        actorId: 0,
        actorName: "oneadmin",
        input: {},
        warnings: [],
        datastoreId,
        bytes: BigInt((more.mib ?? 64) * MIB),
        createdAt: new Date(core.clock.now()),
        endedAt: new Date(7000),
        progress: {
          phases: [
            { phase: "copying", startedAt: 0, endedAt: 90_000 },
            { phase: "uploading", startedAt: 0, endedAt: seconds * 1000 },
          ],
        },
      },
    });
  for (let n = 0; n < 6; n++) await run(1);
  await run(1000, { mib: 1 });
  for (let n = 0; n < 5; n++) await run(8);
  const of = async () => (await readStoreFacts({ core, actor: owner })).find((each) => each.id === datastoreId);
  expect(await of()).toMatchObject({
    state: "slow",
    vmCount: 3,
    damaged: 1,
    verifiedAt: 5000,
    speed: { typical: 64 * MIB, latest: 8 * MIB, count: 11 },
    lastFailure: null,
    isEncrypted: false,
  });
  await run(0, { state: "FAILED", error: "repository is already locked by PID 7 on nas" });
  expect(await of()).toMatchObject({ state: "locked", lastFailure: { actionId: id - 1, at: 7000 } });

  const contents = await readStoreContents({ core, actor: owner }, { datastoreId, descending: true });
  expect(contents).toEqual({
    rows: [
      { vmId: b, vmName: "bb", chains: 1, points: 1, storedBytes: 200, newestAt: 901_000 },
      { vmId: a, vmName: "aa", chains: 2, points: 3, storedBytes: 175, newestAt: 902_000 },
    ],
    total: 2,
    storedBytes: 375,
  });
  const page = await readStoreContents(ctx, { datastoreId, sort: "vm", limit: 1, offset: 1, search: "b" });
  expect(page).toMatchObject({ rows: [], total: 1, storedBytes: 1375 });
});
