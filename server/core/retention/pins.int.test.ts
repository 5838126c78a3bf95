import { afterAll, beforeAll, expect, test } from "vitest";
import { getChain } from "../backup/queries";
import { requestBackup } from "../backup/request";
import { requestImageDelete } from "../image/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { updateBackupConfig } from "../vm/commands";
import { pinPoint, unpinPoint } from "./pins";
import { previewRetention } from "./preview";

const DAY = 86_400_000;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
  bare.drivers.on("datastore/rm", () => "");
});
afterAll(() => bare.close());

async function imageWithPoints(imageId: number, name: string, owner = 0, count = 3): Promise<number> {
  const vmId = await bare.vm(name);
  const datastoreId = await bare.datastore(name);
  const now = bare.clock.now();
  await bare.core.db.vm.update({ where: { id: vmId }, data: { uid: owner } });
  const points = Array.from({ length: count }, (_, id) => ({ at: now - (count - id) * DAY, storedBytes: 100 }));
  await storeBackup(bare.core.db, { id: imageId, vmId, datastoreId, uid: owner, gid: 1 }, points);
  return vmId;
}

test("a pin needs MANAGE, is audited, holds against deletion also by force, ends by itself and can be taken away", async () => {
  const owner = await bare.user("pin-owner");
  const stranger = await bare.user("pin-stranger");
  await imageWithPoints(8001, "pin-rights", owner.userId);
  const until = bare.clock.now() + 10 * DAY;
  const pin = { imageId: 8001, incrementId: 1, until, note: "before the migration" };
  await expect(pinPoint({ ...bare.ctx, actor: stranger }, pin)).rejects.toMatchObject({ code: "NOT_AUTHORIZED" });
  await expect(pinPoint(bare.ctx, { ...pin, incrementId: 9 })).rejects.toMatchObject({ code: "INCREMENT_NOT_FOUND" });
  await expect(pinPoint(bare.ctx, { ...pin, until: bare.clock.now() })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
  const ctx = { ...bare.ctx, actor: owner };
  await pinPoint(ctx, pin);
  const pinned = (await getChain(ctx, 8001)).points[1];
  expect(pinned?.pin).toEqual({ at: bare.clock.now(), until, note: pin.note, userName: "pin-owner" });
  expect(pinned?.fate).toMatchObject({ fate: "keep", reason: expect.stringMatching(/^pinned until 2 Dec 2026/) });

  for (const force of [false, true]) {
    await expect(requestImageDelete(ctx, 8001, { force })).rejects.toMatchObject({
      code: "IMAGE_PINNED",
      message: expect.stringContaining("force does not delete pinned points"),
    });
  }
  await expect(unpinPoint({ ...bare.ctx, actor: stranger }, { imageId: 8001, incrementId: 1 })).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
  await unpinPoint(ctx, { imageId: 8001, incrementId: 1 });
  await pinPoint(ctx, pin);
  bare.clock.advance(10 * DAY);
  expect((await getChain(ctx, 8001)).points[1]?.pin).toBeNull();
  const { actionId } = await requestImageDelete(ctx, 8001);
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  const entries = await bare.core.db.auditEntry.findMany({
    where: { object: "image", objectId: 8001, what: { in: ["pin", "unpin"] } },
    orderBy: { id: "asc" },
  });
  expect(entries.map((entry) => [entry.what, entry.userName])).toEqual([
    ["pin", "pin-owner"],
    ["unpin", "pin-owner"],
    ["pin", "pin-owner"],
  ]);
  expect(entries[0]?.data).toEqual({ incrementId: 1, until, note: pin.note });
});

test("the preview is what the backup then does, with pins, GFS and unsaved settings; who may not see a backup, does not", async () => {
  const vmId = await imageWithPoints(8100, "preview", 0, 1);
  const { datastoreId } = await bare.core.db.image.findUniqueOrThrow({ where: { id: 8100 } });
  for (const [n, age] of [40, 20, 3, 2, 1].entries()) {
    await storeBackup(bare.core.db, { id: 8101 + n, vmId, datastoreId }, [
      { at: bare.clock.now() - age * DAY, storedBytes: 1000 },
    ]);
  }
  await pinPoint(bare.ctx, { imageId: 8101, incrementId: 0, until: null });
  const gfs = { hourly: 0, daily: 2, weekly: 0, monthly: 2, yearly: 0, zone: "UTC" };
  const unsaved = await previewRetention(bare.ctx, { vmId, policy: { keepLast: 1, gfs, mode: "FULL" } });
  expect(unsaved).toMatchObject({ jobId: null, next: { type: "FULL", isPlanned: false }, heldByChain: 0 });
  expect((await previewRetention(bare.ctx, { vmId })).deletions).toEqual([]);

  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL", keepLast: 1, gfs } });
  const preview = await previewRetention(bare.ctx, { vmId });
  expect(preview.points).toEqual(unsaved.points);
  expect(preview.deletions.map((deletion) => deletion.imageId)).toEqual([8100, 8102, 8103]);
  expect(preview.freesAtMost).toBe(2100);
  expect(preview.points[0]).toMatchObject({ isNext: true, fate: "keep" });
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  const going = await bare.core.db.image.findMany({ where: { vmId, state: "DELETE" }, orderBy: { id: "asc" } });
  expect(going.map((image) => image.id)).toEqual([8100, 8102, 8103]);

  const stranger = await bare.user("preview-stranger");
  await expect(previewRetention({ ...bare.ctx, actor: stranger }, { vmId })).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o604 } });
  const seen = await previewRetention({ ...bare.ctx, actor: stranger }, { vmId });
  expect(seen.points.every((point) => point.isNext)).toBe(true);
});
