import { afterAll, beforeAll, expect, test } from "vitest";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { updateBackupConfig } from "../vm/commands";
import { readKeepWhatIf } from "./what-if";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("keeping less frees what the planner would take, in this datastore and beyond the settings of now", async () => {
  const { core, ctx } = bare;
  const datastoreId = await bare.datastore("less");
  const elsewhere = await bare.datastore("elsewhere");
  const owner = await bare.user("wanda");
  let id = 800;
  const fulls = async (name: string, keepLast: number, places: readonly number[], user = owner) => {
    const vmId = await bare.vm(name, user);
    await updateBackupConfig(ctx, { vmId, config: { mode: "FULL", keepLast } });
    for (const [n, place] of places.entries()) {
      await storeBackup(core.db, { id: id++, vmId, datastoreId: place, uid: user.userId }, [
        { at: 1000 + n, storedBytes: 100 },
      ]);
    }
    return vmId;
  };
  const many = await fulls(
    "many",
    14,
    Array.from({ length: 10 }, () => datastoreId),
  );
  await fulls("few", 2, [datastoreId, datastoreId]);
  const all = await fulls("all", 0, [elsewhere, datastoreId, datastoreId, datastoreId, datastoreId]);
  await fulls(
    "foreign",
    14,
    Array.from({ length: 9 }, () => datastoreId),
    await bare.user("walt"),
  );

  // The next backup is one of those that are kept.
  const answer = await readKeepWhatIf({ core, actor: owner }, { datastoreId, keepLast: 3 });
  expect(answer.vms).toEqual([
    { vmId: many, vmName: "many", keepLast: 14, pointsGone: 8, freesAtMost: 800 },
    { vmId: all, vmName: "all", keepLast: 0, pointsGone: 2, freesAtMost: 200 },
  ]);
  expect(answer).toMatchObject({ vmCount: 3, leftOut: 0, pointsGone: 10, vmsTouched: 2, freesAtMost: 1000 });
  expect(await readKeepWhatIf({ core, actor: owner }, { datastoreId, keepLast: 14 })).toMatchObject({
    pointsGone: 0,
    freesAtMost: 0,
  });
  await core.db.datastore.update({ where: { id: datastoreId }, data: { permissions: 0o600 } });
  await expect(readKeepWhatIf({ core, actor: owner }, { datastoreId, keepLast: 3 })).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
});

test("points of an open chain are merged", async () => {
  const vmId = await bare.vm("chained");
  const datastoreId = await bare.datastore("chained");
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT", keepLast: 6 } });
  for (let n = 0; n < 5; n++) {
    const { actionId } = await requestBackup(bare.ctx, {
      vmId,
      datastoreId: n === 0 ? datastoreId : null,
      reset: false,
    });
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  }
  const answer = await readKeepWhatIf(bare.ctx, { datastoreId, keepLast: 2 });
  expect(answer).toMatchObject({ pointsGone: 4, keeps: [{ keepLast: 6, vms: 1 }] });
  expect(answer.freesAtMost).toBeGreaterThan(0);
});
