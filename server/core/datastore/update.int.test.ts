import { afterAll, beforeAll, expect, test } from "vitest";
import { settingsOf } from "../../domain/datastore-update";
import { Template } from "../../domain/template";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { updateDatastore } from "./update";

let bare: BareCore;
beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

const OK = "connect ok x\npath ok x\nwrite ok x\nread ok x\nspace ok 100 50";

async function settings(datastoreId: number) {
  const row = await bare.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  const found = settingsOf({ ...row, driver: row.dsMad, attributes: Template.parse(row.template) });
  if (found === null) throw new Error("cannot be edited");
  return { datastoreId, ...found };
}

test("limits and a name are changed without a test; what the form does not know stays", async () => {
  const datastoreId = await bare.datastore("limits");
  const before = await settings(datastoreId);
  bare.drivers.on("datastore/test", () => {
    throw new Error("not asked for");
  });
  await updateDatastore(bare.ctx, { ...before, name: "renamed", nice: 10, cpuQuota: 50, limitMb: 5000 });
  expect(await settings(datastoreId)).toMatchObject({ name: "renamed", nice: 10, cpuQuota: 50, limitMb: 5000 });
  const row = await bare.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  expect(row.template).toMatchObject({ SAFE_DIRS: ["/var/tmp"], RSYNC_NICE: ["10"] });
  await updateDatastore(bare.ctx, { ...(await settings(datastoreId)), nice: null });
  expect((await bare.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } })).template).not.toHaveProperty(
    "RSYNC_NICE",
  );
});

test("another place is tried; one that fails changes nothing", async () => {
  const datastoreId = await bare.datastore("moved");
  const before = await settings(datastoreId);
  bare.drivers.on("datastore/test", () => "connect failed no route to host");
  const moved = { ...before, host: "backup-2" };
  await expect(updateDatastore(bare.ctx, moved)).rejects.toMatchObject({
    message: "The connection test failed: connect failed no route to host",
  });
  expect(await settings(datastoreId)).toEqual(before);
  bare.drivers.on("datastore/test", ({ document }) => (document.includes("backup-2") ? OK : ""));
  await updateDatastore(bare.ctx, moved);
  expect(await settings(datastoreId)).toEqual(moved);
});

test("with backups in it the repository must be the same one, and nothing may run on it", async () => {
  const datastoreId = await bare.datastore("inhabited");
  const vmId = await bare.vm("inhabitant");
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  const before = await settings(datastoreId);
  const moved = { ...before, basePath: "/elsewhere" };
  bare.drivers.on("datastore/test", () => OK);
  await expect(updateDatastore(bare.ctx, moved)).rejects.toMatchObject({
    message: expect.stringContaining("runs use"),
  });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  const answer = "USED_MB=1\nTOTAL_MB=100000\nFREE_MB=99999";
  bare.drivers.on("datastore/monitor", ({ document }) => {
    if (document.includes("/elsewhere")) throw new Error("its .repo-id is missing.");
    return answer;
  });
  await expect(updateDatastore(bare.ctx, moved)).rejects.toMatchObject({
    message: expect.stringContaining("its .repo-id is missing"),
  });
  bare.drivers.on("datastore/monitor", () => answer);
  await updateDatastore(bare.ctx, moved);
  expect(await settings(datastoreId)).toEqual(moved);
});

test("who may not manage it, and a name that is taken, are refused; image datastores cannot be edited", async () => {
  const datastoreId = await bare.datastore("owned");
  const user = await bare.user("visitor");
  const before = await settings(datastoreId);
  await expect(updateDatastore({ core: bare.core, actor: user }, { ...before, nice: 1 })).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
  await expect(updateDatastore(bare.ctx, { ...before, name: "renamed" })).rejects.toMatchObject({ code: "NAME_TAKEN" });
  await expect(updateDatastore(bare.ctx, { ...before, datastoreId: 1 })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
});
