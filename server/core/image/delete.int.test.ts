import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelAction } from "../action/cancel";
import { requestBackup } from "../backup/request";
import { deleteDatastore } from "../datastore/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { requestVmDelete, updateBackupConfig } from "../vm/commands";
import { parseVm } from "../vm/rows";
import { requestImageDelete } from "./commands";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const vmOf = async (vmId: number) => parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));

/** A VM with one full of an open chain; answers its id and the image's. */
async function chainOf(name: string) {
  const vmId = await bare.vm(name);
  const datastoreId = await bare.datastore(name);
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT" } });
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  return { vmId, datastoreId, imageId: (await vmOf(vmId)).backupConfig.incrementalBackupId };
}

test("a deletion that is cancelled before it began leaves the backup as it was, and no increment goes into it", async () => {
  const { vmId, datastoreId, imageId } = await chainOf("cancelled");
  const { actionId } = await requestImageDelete(bare.ctx, imageId);
  expect((await vmOf(vmId)).backupConfig).toMatchObject({ incrementalBackupId: -1, lastIncrementId: -1 });
  await cancelAction(bare.ctx, actionId);
  expect(await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).toMatchObject({ state: "READY" });
  const next = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await bare.run(next.actionId)).toMatchObject({ state: "DONE" });
  expect((await vmOf(vmId)).backupConfig.incrementalBackupId).not.toBe(imageId);
});

test("files that cannot be removed: the backup stays in ERROR; forced, it goes and the run says what is left", async () => {
  const { vmId, imageId } = await chainOf("unremovable");
  bare.drivers.on("datastore/rm", () => {
    throw new Error("the server is away");
  });
  const first = await requestImageDelete(bare.ctx, imageId);
  expect(await bare.run(first.actionId)).toMatchObject({ state: "FAILED" });
  expect(await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).toMatchObject({ state: "ERROR" });
  const second = await requestImageDelete(bare.ctx, imageId, { force: true });
  const run = await bare.run(second.actionId);
  bare.drivers.on("datastore/rm", () => "");
  expect(run).toMatchObject({ state: "DONE", warnings: [expect.stringContaining("the server is away")] });
  expect(await bare.core.db.image.findUnique({ where: { id: imageId } })).toBeNull();
  expect((await vmOf(vmId)).backupConfig).toMatchObject({ incrementalBackupId: -1, lastIncrementId: -1 });
});

test("a forced deletion that is cancelled does not drop the backup", async () => {
  const { imageId } = await chainOf("cancelled-force");
  const { actionId } = await requestImageDelete(bare.ctx, imageId, { force: true });
  expect(await bare.run(actionId, AbortSignal.abort())).toMatchObject({ state: "CANCELLED" });
  expect(await bare.core.db.image.findUnique({ where: { id: imageId } })).not.toBeNull();
});

test("a deletion of a VM that is cancelled before it began leaves it powered off", async () => {
  const vmId = await bare.vm("kept");
  const { actionId } = await requestVmDelete(bare.ctx, vmId);
  await cancelAction(bare.ctx, actionId);
  expect((await vmOf(vmId)).state).toBe("POWEROFF");
});

test("a system datastore with VMs stays", async () => {
  await bare.vm("inhabitant");
  await expect(deleteDatastore(bare.ctx, 0)).rejects.toMatchObject({ code: "DATASTORE_HAS_VMS" });
});
