import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateResticDatastore } from "../../domain/datastore";
import { RestoreRequest } from "../../domain/restore";
import { change, isSameContent, makeDisk, snapshotOf } from "../../drivers/testing/disks";
import { requestCatalogueImport } from "../datastore/catalogue-import";
import { planCatalogue } from "../datastore/catalogue-plan";
import { createResticDatastore, testResticDatastore } from "../datastore/commands";
import { getDatastore, listDatastores } from "../datastore/queries";
import { requestImageDelete } from "../image/commands";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { expectRestores } from "../testing/machine";
import { updateBackupConfig } from "../vm/commands";
import { registerVm } from "../vm/register";
import { requestBackup } from "./request";

const MIB = 1024 * 1024;
const PASSWORD = `canary'"$(id) password`;
const POINTS = 3;
let harness: Harness;
let datastoreId: number;
let vmId: number;
let disk: string;
let repository: string;
/** Copies of the disk at the moment of each increment. */
const moments: string[] = [];

const input = (extra: object = {}) =>
  CreateResticDatastore.parse({
    name: "vault",
    host: "localhost",
    user: "root",
    basePath: repository,
    password: PASSWORD,
    tmpDir: harness.dir,
    ...extra,
  });

beforeAll(async () => {
  harness = await startHarness();
  repository = join(harness.dir, "vault");
  disk = join(harness.dir, "disk.qcow2");
  await makeDisk(disk, 64 * MIB);
  await change(disk, "write -P 17 0 8M");
  ({ datastoreId } = await createResticDatastore(harness.ctx, input()));
  ({ vmId } = await registerVm(harness.ctx, {
    name: "web-01",
    hostId: 0,
    systemDatastoreId: 0,
    cpu: 1,
    memoryMb: 128,
    disks: [{ path: disk, format: "qcow2", isVolatile: false }],
    nics: [],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT" } });
});

afterAll(() => harness.close());

test("the password is in the database as a sealed text, and shown to nobody", async () => {
  const row = await harness.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  expect(JSON.stringify(row.template)).toContain("sealed-1:");
  expect(JSON.stringify(row.template)).not.toContain("canary");
  expect(row.monitorError).toBeNull();
  const detail = await getDatastore(harness.ctx, datastoreId);
  expect(detail.attributes["RESTIC_PASSWORD"]).toEqual(["***"]);
  expect(detail.location).toBe(`localhost:${repository}`);
  expect(JSON.stringify([detail, await listDatastores(harness.ctx, {})])).not.toMatch(/canary|sealed-1/);
});

test("a full and two increments, each restored to exactly its moment", async () => {
  let imageId = -1;
  for (let increment = 0; increment < POINTS; increment += 1) {
    if (increment > 0) await change(disk, `write -P ${increment} ${increment * 3}M 1M`, "write -z 1M 64k");
    const copy = join(harness.dir, `moment-${increment}.qcow2`);
    await snapshotOf(disk, copy);
    moments.push(copy);
    const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
    const row = await harness.finished(actionId);
    expect({ state: row.state, error: row.error, warnings: row.warnings }).toEqual({
      state: "DONE",
      error: null,
      warnings: [],
    });
    expect(row.result).toMatchObject({ incrementId: increment });
    expect(await harness.logOf(actionId)).not.toContain("canary");
    imageId = row.result.imageId ?? -1;
  }
  const points = await harness.core.db.increment.findMany({ where: { imageId } });
  expect(points.map((point) => point.verification)).toEqual(["checksummed", "checksummed", "checksummed"]);
  for (let incrementId = 0; incrementId < POINTS; incrementId += 1) {
    const name = `restored-${incrementId}`;
    await expectRestores(
      harness,
      async () =>
        await requestRestore(
          harness.ctx,
          RestoreRequest.parse({
            ...{ imageId, incrementId, datastoreId: 1, name },
            instantiate: { name, hostId: 0, systemDatastoreId: 0 },
          }),
        ),
      moments[incrementId] ?? "",
      name,
    );
  }
});

test("the connection test opens what is there with the right password only, and leaves nothing", async () => {
  const before = await readdir(repository);
  const good = await testResticDatastore(harness.ctx, input({ name: "second" }));
  expect(good.stages.filter((stage) => stage.state !== "ok")).toEqual([]);
  expect(good).toMatchObject({ isOk: true });
  const bad = await testResticDatastore(harness.ctx, input({ name: "third", password: "another password" }));
  expect(bad.isOk).toBe(false);
  expect(bad.stages.find((stage) => stage.stage === "repository")).toMatchObject({
    state: "failed",
    detail: expect.stringContaining("does not open"),
  });
  const empty = join(harness.dir, "not there yet");
  const fresh = await testResticDatastore(harness.ctx, input({ name: "fourth", basePath: empty }));
  expect(fresh).toMatchObject({ isOk: true });
  await expect(readdir(empty)).rejects.toThrow();
  expect(await readdir(repository)).toEqual(before);
});

test("old points are merged, the chain goes on in the same place, and what stays restores", async () => {
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT", keepLast: 2 } });
  const next = async () => {
    await change(disk, "write -P 99 20M 1M");
    const copy = join(harness.dir, `moment-${moments.length}.qcow2`);
    await snapshotOf(disk, copy);
    moments.push(copy);
    const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false });
    return await harness.finished(actionId);
  };
  const backup = await next();
  expect(backup).toMatchObject({ state: "DONE", error: null, warnings: [], result: { incrementId: POINTS } });
  const imageId = backup.result.imageId ?? -1;
  const merge = await harness.core.db.action.findFirstOrThrow({ where: { kind: "increment-flatten", imageId } });
  expect(await harness.finished(merge.id)).toMatchObject({ state: "DONE", error: null });
  const points = await harness.core.db.increment.findMany({ where: { imageId }, orderBy: { id: "asc" } });
  expect(points.map(({ id, type }) => [id, type])).toEqual([
    [POINTS - 1, "FULL"],
    [POINTS, "INCREMENT"],
  ]);
  const snapshots = join(repository, String(vmId), "snapshots");
  expect(await readdir(snapshots)).toHaveLength(2);
  // The bitmap's mark names the backup before: the chain must not be begun anew.
  expect(await next()).toMatchObject({ state: "DONE", warnings: [], result: { imageId, incrementId: POINTS + 1 } });
  const second = await harness.core.db.action.findFirstOrThrow({
    where: { kind: "increment-flatten", imageId, id: { gt: merge.id } },
  });
  expect(await harness.finished(second.id)).toMatchObject({ state: "DONE", error: null });
  const name = "restored-merged";
  const instantiate = { name, hostId: 0, systemDatastoreId: 0 };
  const request = RestoreRequest.parse({ imageId, incrementId: POINTS, datastoreId: 1, name, instantiate });
  await expectRestores(harness, () => requestRestore(harness.ctx, request), moments[POINTS] ?? "", name);
});

test("a merged chain whose rows are lost is read in from its snapshots, and restores", async () => {
  await harness.core.db.image.deleteMany({ where: { datastoreId } });
  const { vms, failed } = await planCatalogue(harness.ctx, datastoreId);
  expect(failed).toEqual([]);
  expect(vms).toMatchObject([
    { vmId, jobId: null, unusable: [], backups: [{ points: [{ type: "FULL", parentId: -1 }, { parentId: POINTS }] }] },
  ]);
  const backups = [{ vmId, jobId: null, key: vms[0]?.backups[0]?.key ?? "" }];
  const { actionId } = await requestCatalogueImport(harness.ctx, { datastoreId, backups });
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", warnings: [] });
  const imageId = row.result.imageIds?.[0] ?? -1;
  const name = "restored-after-loss";
  const instantiate = { name, hostId: 0, systemDatastoreId: 0 };
  const request = RestoreRequest.parse({ imageId, incrementId: POINTS + 1, datastoreId: 1, name, instantiate });
  await expectRestores(harness, () => requestRestore(harness.ctx, request), moments[POINTS + 1] ?? "", name);
});

test("deleting the backup gives its space back", async () => {
  const image = await harness.core.db.image.findFirstOrThrow({ where: { datastoreId, type: "BACKUP" } });
  const { actionId } = await requestImageDelete(harness.ctx, image.id);
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  expect(await readdir(join(repository, String(vmId), "snapshots"))).toEqual([]);
  const packs = await readdir(join(repository, String(vmId), "data"), { recursive: true });
  expect(packs.filter((name) => name.includes("/"))).toEqual([]);
});

test("no part of the password was logged as an error, and the key is the owner's alone", async () => {
  expect(harness.errors.join("\n")).not.toContain("canary");
  const key = await readFile(join(harness.core.config.home, "secret_key"), "utf8");
  expect(key.trim()).toMatch(/^[0-9a-f]{64}$/);
  expect(await isSameContent(moments[0] ?? "", moments[1] ?? "")).toBe(false);
});
