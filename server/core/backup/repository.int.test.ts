import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { change, isSameContent, makeFilesystemDisk, snapshotOf } from "../../drivers/testing/disks";
import { createRsyncDatastore, monitorDatastore } from "../datastore/commands";
import { getDatastore } from "../datastore/queries";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { updateBackupConfig } from "../vm/commands";
import { listVmChains } from "../vm/queries";
import { registerVm } from "../vm/register";
import { requestBackup } from "./request";

const MIB = 1024 * 1024;
let harness: Harness;
let vmId: number;
let datastoreId: number;
let repository: string;
let disk: string;

beforeAll(async () => {
  harness = await startHarness();
  repository = join(harness.dir, "repository");
  disk = join(harness.dir, "disk.qcow2");
  await makeFilesystemDisk(disk, 64 * MIB, "qcow2", { "etc/hostname": "one\n" });
  ({ datastoreId } = await createRsyncDatastore(harness.ctx, {
    name: "repository",
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    basePath: repository,
    limitMb: null,
    rsyncArgs: null,
  }));
  ({ vmId } = await registerVm(harness.ctx, {
    name: "web-01",
    hostId: 0,
    systemDatastoreId: 0,
    cpu: 1,
    memoryMb: 512,
    disks: [{ path: disk, format: "qcow2", isVolatile: false }],
    nics: [],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT" } });
});

afterAll(() => harness.close());

async function backUp(reset = false) {
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: reset ? datastoreId : null, reset });
  return await harness.finished(actionId);
}

test("a repository that is not mounted takes no backup, and is not made anew", async () => {
  expect(await backUp(true)).toMatchObject({ state: "DONE", result: { incrementId: 0 } });
  await rename(repository, `${repository}.away`);
  await mkdir(repository); // the empty mount point
  const row = await backUp();
  expect(row.state).toBe("FAILED");
  expect(row.error).toMatch(/mounted\?/);
  await monitorDatastore(harness.ctx, datastoreId);
  expect(await getDatastore(harness.ctx, datastoreId)).toMatchObject({ health: "unreachable" });
  await rm(repository, { recursive: true });
  await rename(`${repository}.away`, repository);
  expect(await backUp()).toMatchObject({ state: "DONE", result: { incrementId: 1 } });
});

test("a parent that is gone from the repository starts a new chain, which restores", async () => {
  const [chain] = await listVmChains(harness.ctx, vmId);
  const parent = chain?.points.at(-1)?.source ?? "";
  await rm(join(repository, String(vmId), parent), { recursive: true });
  const row = await backUp();
  expect(row).toMatchObject({ state: "DONE", result: { incrementId: 0 } });
  expect(row.result.chainReset).toContain(parent);
});

test("an old copy of a disk, put back after a reset, is noticed: never a wrong increment", async () => {
  const old = join(harness.dir, "old.qcow2");
  expect(await backUp(true)).toMatchObject({ state: "DONE" });
  await copyFile(disk, old);
  await change(disk, "write -P 7 1M 1M");
  expect(await backUp(true)).toMatchObject({ state: "DONE" });
  await rename(old, disk);
  await change(disk, "write -P 9 8M 1M");
  const moment = join(harness.dir, "moment.qcow2");
  await snapshotOf(disk, moment);
  const row = await backUp();
  expect(row).toMatchObject({ state: "DONE", result: { incrementId: 0 } });
  expect(row.result.chainReset).toBeDefined();
  const { actionId } = await requestRestore(harness.ctx, {
    imageId: row.result.imageId ?? -1,
    incrementId: 0,
    datastoreId: 1,
    name: "back",
    network: "keep",
    diskIds: [0],
    instantiate: null,
  });
  const restored = await harness.finished(actionId);
  expect(restored.error).toBeNull();
  const image = await harness.core.db.image.findUniqueOrThrow({ where: { id: restored.result.imageIds?.[0] ?? -1 } });
  expect(await isSameContent(image.source, moment)).toBe(true);
});
