/** Leftovers of a datastore with restic repositories: snapshots that no catalogue row names, and rows without a snapshot. */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateResticDatastore } from "../../domain/datastore";
import { change, makeDisk } from "../../drivers/testing/disks";
import { requestBackup } from "../backup/request";
import { type Harness, startHarness } from "../testing/harness";
import { updateBackupConfig } from "../vm/commands";
import { registerVm } from "../vm/register";
import { createResticDatastore } from "./commands";
import { requestOrphanRemoval, scanRepository } from "./orphans";

const MIB = 1024 * 1024;
const NAME = "vault";

let harness: Harness;
let datastoreId: number;
let vmId: number;
let repository: string;

beforeAll(async () => {
  harness = await startHarness();
  repository = join(harness.dir, NAME);
  const disk = join(harness.dir, "disk.qcow2");
  await makeDisk(disk, 8 * MIB);
  await change(disk, "write -P 17 0 1M");
  ({ datastoreId } = await createResticDatastore(
    harness.ctx,
    CreateResticDatastore.parse({
      ...{ name: NAME, user: "root", basePath: repository },
      ...{ password: "leftovers of a test", tmpDir: harness.dir },
    }),
  ));
  ({ vmId } = await registerVm(harness.ctx, {
    ...{ name: "web-01", hostId: 0, systemDatastoreId: 0, cpu: 1, memoryMb: 128, nics: [] },
    disks: [{ path: disk, format: "qcow2", isVolatile: false }],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "FULL" } });
});
afterAll(() => harness.close());

async function backUp(): Promise<{ imageId: number; source: string }> {
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
  const row = await harness.finished(actionId);
  expect([row.state, row.error]).toEqual(["DONE", null]);
  return await harness.core.db.increment.findFirstOrThrow({ where: { imageId: row.result.imageId ?? -1 } });
}

/** As if the database were older than the repository. */
async function forget(imageId: number): Promise<void> {
  await harness.core.db.increment.deleteMany({ where: { imageId } });
  await harness.core.db.image.delete({ where: { id: imageId } });
}

async function remove(backupId: string): Promise<void> {
  const request = { datastoreId, entries: [{ vmId, backupId }], confirm: NAME };
  const { actionId } = await requestOrphanRemoval(harness.ctx, request);
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null, warnings: [] });
}

test("a snapshot without a row is found and removed, in the repository of a VM and in that of a job", async () => {
  const [first, second] = [await backUp(), await backUp()];
  await mkdir(join(repository, "it's $(another) one"));
  const scan = () => scanRepository(harness.ctx, datastoreId);
  const stranger = expect.objectContaining({ kind: "other", name: "it's $(another) one", vmId: null });
  expect(await scan()).toMatchObject({ entryCount: 3, orphans: [stranger], missing: [] });

  await forget(first.imageId);
  expect((await scan()).orphans.filter((orphan) => orphan.keepReason === null)).toEqual([
    expect.objectContaining({ kind: "point", vmId, backupId: first.source, vmName: "web-01" }),
  ]);
  await remove(first.source);
  expect(await scan()).toMatchObject({ entryCount: 2, orphans: [stranger], missing: [] });

  // The second is in another place now: as a backup of a job it is no leftover.
  await rename(join(repository, String(vmId)), join(repository, "job_9"));
  expect(await scan()).toMatchObject({ entryCount: 2, orphans: [stranger], missing: [] });
  await forget(second.imageId);
  expect((await scan()).orphans).toContainEqual(expect.objectContaining({ jobId: 9, backupId: second.source }));
  await remove(second.source);
  expect(await scan()).toMatchObject({ entryCount: 1, orphans: [stranger] });
});

test("a point whose snapshot is gone is marked as damaged", async () => {
  const { imageId } = await backUp();
  await rename(join(repository, String(vmId)), join(harness.dir, "away"));
  expect((await scanRepository(harness.ctx, datastoreId)).missing).toMatchObject([{ imageId, incrementId: 0, vmId }]);
  expect((await harness.core.db.increment.findFirstOrThrow({ where: { imageId } })).broken).not.toBeNull();
});

test("a repository that the password does not open fails the scan: half a listing says nothing", async () => {
  await rename(join(harness.dir, "away"), join(repository, "77"));
  const { template } = await harness.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  const withoutSecret = { ...Object(template), RESTIC_PASSWORD: ["another password"] };
  await harness.core.db.datastore.update({ where: { id: datastoreId }, data: { template: withoutSecret } });
  await expect(scanRepository(harness.ctx, datastoreId)).rejects.toThrow("does not open");
});
