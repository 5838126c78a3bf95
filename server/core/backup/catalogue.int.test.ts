import { afterAll, beforeAll, expect, test } from "vitest";
import { lockObject } from "../access/locking";
import { planFlatten, requestFlatten } from "../flatten/request";
import { pinPoint } from "../retention/pins";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { updateBackupConfig } from "../vm/commands";
import { exportCatalogue, readCatalogue } from "./catalogue";
import { requestBackup } from "./request";

const HOUR = 3_600_000;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("the catalogue tells the state of each backup, sorts, filters, counts and exports what may be seen", async () => {
  const { core, ctx } = bare;
  const now = core.clock.now();
  const owner = await bare.user("cara");
  const datastoreId = await bare.datastore("catalogue");
  const vmId = await bare.vm("web", owner);
  const gone = await bare.vm("old", owner);
  await core.db.vm.update({ where: { id: gone }, data: { state: "DONE" } });
  const store = async (id: number, points: number, more: { vmId?: number; state?: string; uid?: number } = {}) => {
    const made = Array.from({ length: points }, (_, n) => ({ at: now - (700 - id) * HOUR + n, storedBytes: id }));
    await storeBackup(core.db, { id, vmId, vmName: `vm-${id}`, datastoreId, uid: owner.userId, ...more }, made);
  };
  await store(600, 3);
  await store(601, 1, { vmId: gone });
  await store(602, 2, { state: "DELETE" });
  await store(603, 2, { state: "LOCKED" });
  await store(604, 2);
  await store(605, 2);
  await store(606, 1, { uid: 0 });
  await lockObject(ctx, { kind: "image", id: 604, level: 3 });
  await core.db.increment.update({
    where: { imageId_id: { imageId: 605, id: 1 } },
    data: { verification: "failed", broken: "disk.0.1 is missing.", brokenBy: 1 },
  });
  await pinPoint(ctx, { imageId: 600, incrementId: 1, until: null });
  await core.db.increment.update({
    where: { imageId_id: { imageId: 600, id: 0 } },
    data: { verification: "verified", verifiedAt: new Date(now - HOUR) },
  });

  const asOwner = { core, actor: owner };
  const page = await readCatalogue(asOwner, { sort: "state" });
  expect(page.rows.map((row) => [row.imageId, row.state])).toEqual([
    [605, "broken"],
    [602, "deleting"],
    [603, "flattening"],
    [604, "locked"],
    [601, "orphan"],
    [600, "closed"],
  ]);
  expect(page).toMatchObject({ total: 6, counts: { broken: 1, orphan: 1, closed: 1, open: 0 } });
  expect(page.rows.at(-1)).toMatchObject({
    vmName: "vm-600",
    points: 3,
    pinned: 1,
    verified: 1,
    verifiedAt: now - HOUR,
    storedBytes: 1800,
    newestAt: now - 100 * HOUR + 2,
    may: { manage: true },
  });
  const ids = async (input: Parameters<typeof readCatalogue>[1]) =>
    (await readCatalogue(asOwner, input)).rows.map((row) => row.imageId);
  expect(await ids({ sort: "newest", descending: true, limit: 2, offset: 1 })).toEqual([604, 603]);
  expect(await ids({ search: "VM-60", state: "orphan" })).toEqual([601]);
  expect(await ids({ search: String(gone), sort: "stored" })).toEqual([601]);
  expect(await ids({ datastoreId: datastoreId + 1 })).toEqual([]);
  const { csv } = await exportCatalogue(asOwner, { state: "broken" });
  expect(csv.trim().split("\n")).toHaveLength(2);
  expect(csv).toContain("605,backup-605");
});

test("a chain is merged to as many points as were asked for, and pins are left alone", async () => {
  const { core, ctx, drivers } = bare;
  const vmId = await bare.vm("flat");
  const datastoreId = await bare.datastore("flat");
  await updateBackupConfig(ctx, { vmId, config: { mode: "INCREMENT" } });
  for (let n = 0; n < 5; n++) {
    const { actionId } = await requestBackup(ctx, { vmId, datastoreId: n === 0 ? datastoreId : null, reset: false });
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
    bare.clock.advance(HOUR);
  }
  const [image] = (await readCatalogue(ctx, { search: "flat" })).rows;
  expect(image).toMatchObject({ state: "open", points: 5, isOpen: true });
  const imageId = image?.imageId ?? -1;
  expect(await planFlatten(ctx, { imageId, keep: 5 })).toMatchObject({ merged: [], reason: expect.any(String) });
  expect(await planFlatten(ctx, { imageId, keep: 2 })).toMatchObject({ firstId: 3, left: 2, reason: null });
  await pinPoint(ctx, { imageId, incrementId: 2, until: null });
  expect(await planFlatten(ctx, { imageId, keep: 1 })).toMatchObject({ firstId: 2, left: 3, reason: null });

  const stranger = await bare.user("fred");
  await expect(requestFlatten({ core, actor: stranger }, { imageId, keep: 2 })).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
  drivers.on("datastore/increment_flatten", ({ document }) => {
    const keep = Number(/<KEEP_LAST>(\d+)</.exec(document)?.[1]);
    const all = [...document.matchAll(/<INCREMENT>.*?<ID>(\d+)<.*?<SOURCE>([^<]+)</gs)].map((m) => `${m[1]}:${m[2]}`);
    return `7 ${all.slice(-keep).join(",")}`;
  });
  drivers.on("datastore/rm", () => "");
  const { actionId } = await requestFlatten(ctx, { imageId, keep: 2 });
  await expect(requestFlatten(ctx, { imageId, keep: 2 })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE", error: null });
  const left = await core.db.increment.findMany({ where: { imageId }, orderBy: { id: "asc" } });
  expect(left.map((row) => [row.id, row.type])).toEqual([
    [2, "FULL"],
    [3, "INCREMENT"],
    [4, "INCREMENT"],
  ]);
});
