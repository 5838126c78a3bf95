import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CataloguePlan } from "../../domain/catalogue";
import { change } from "../../drivers/testing/disks";
import { getChain } from "../backup/queries";
import { requestBackup } from "../backup/request";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { expectRestores, makeMachine, type TestMachine } from "../testing/machine";
import { requestVerify } from "../verification/request";
import { parseVm } from "../vm/rows";
import { requestCatalogueImport } from "./catalogue-import";
import { planCatalogue } from "./catalogue-plan";

let harness: Harness;
let machine: TestMachine;
const moments: string[] = [];

beforeAll(async () => {
  harness = await startHarness();
  machine = await makeMachine(harness, "lost", { sizeMib: 16, dataMib: 4 });
  for (const write of ["write -P 1 0 1M", "write -P 2 2M 1M", "write -P 3 4M 1M"]) {
    await change(machine.disk, write);
    moments.push(await machine.keepMoment(String(moments.length)));
    await backUp();
  }
});
afterAll(() => harness.close());

async function backUp() {
  const { vmId, datastoreId } = machine;
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  return row;
}

const look = () => planCatalogue(harness.ctx, machine.datastoreId);
const all = (plan: CataloguePlan) =>
  plan.vms.flatMap(({ vmId, jobId, backups }) => backups.map(({ key }) => ({ vmId, jobId, key })));

async function readIn(plan: CataloguePlan) {
  const { datastoreId } = machine;
  const { actionId } = await requestCatalogueImport(harness.ctx, { datastoreId, backups: all(plan) });
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", error: null });
  return row;
}

async function setPointers(pointers: { incrementalBackupId: number; lastIncrementId: number }): Promise<void> {
  const { db } = harness.core;
  const where = { id: machine.vmId };
  const vm = parseVm(await db.vm.findUniqueOrThrow({ where }));
  await db.vm.update({ where, data: { backupConfig: { ...vm.backupConfig, ...pointers } } });
}

/** The rows of the VM's backups go, and its chain pointers, as in a database that never had them. */
async function loseCatalogue(): Promise<void> {
  const { db } = harness.core;
  await db.image.deleteMany({ where: { vmId: machine.vmId } });
  await setPointers({ incrementalBackupId: -1, lastIncrementId: -1 });
}

async function expectRestored(imageId: number, increments: readonly number[]): Promise<void> {
  for (const incrementId of increments) {
    const moment = moments[incrementId] ?? "";
    const request = { imageId, incrementId, datastoreId: 1, network: "keep" as const, diskIds: [] };
    const ask = (name: string) =>
      requestRestore(harness.ctx, {
        ...request,
        name,
        instantiate: { name, hostId: 0, systemDatastoreId: 0 },
      });
    await expectRestores(harness, ask, moment, `back-${imageId}-${incrementId}`);
  }
}

test("a full and two increments whose rows are lost are read in again, restored to their moments, and verified", async () => {
  const [before] = await harness.core.db.image.findMany({ where: { vmId: machine.vmId } });
  await loseCatalogue();
  await harness.core.db.counter.update({ where: { name: "vm" }, data: { next: 0 } });
  const plan = await look();
  expect(plan).toMatchObject({ knownCount: 0, failed: [], leftOut: 0 });
  expect(plan.vms).toMatchObject([
    {
      vmId: machine.vmId,
      vmName: "lost",
      here: "same",
      unusable: [],
      backups: [{ imageId: null, isChain: true, points: [{ type: "FULL" }, { parentId: 0 }, { parentId: 1 }] }],
    },
  ]);
  const row = await readIn(plan);
  expect(row.warnings).toEqual([]);
  const imageId = row.result.imageIds?.[0] ?? -1;
  const image = await harness.core.db.image.findUniqueOrThrow({ where: { id: imageId } });
  expect(image).toMatchObject({
    sizeMb: before?.sizeMb,
    name: expect.stringContaining(`${machine.vmId} `),
    source: before?.source,
    isChain: true,
  });
  // A machine that is made from now on must not get the number that has files in the repository.
  expect((await harness.core.db.counter.findUniqueOrThrow({ where: { name: "vm" } })).next).toBe(machine.vmId + 1);
  expect((await getChain(harness.ctx, imageId)).points).toMatchObject(
    [0, 1, 2].map((incrementId) => ({ incrementId, verification: "unverified", broken: null, actionId: null })),
  );
  await expectRestored(imageId, [0, 1, 2]);
  await harness.finished((await requestVerify(harness.ctx, { imageId, incrementId: null })).actionId);
  expect((await getChain(harness.ctx, imageId)).points.map((point) => point.verification)).toEqual(
    Array(3).fill("verified"),
  );

  expect(await look()).toMatchObject({ vms: [], knownCount: 3 });
  const again = await readIn(plan);
  expect(again).toMatchObject({ warnings: [], result: { imageIds: [] } });
  expect(await harness.core.db.increment.count({ where: { image: { vmId: machine.vmId } } })).toBe(3);
  const audit = await harness.core.db.auditEntry.findMany({ where: { what: "catalogue-import", object: "datastore" } });
  expect(audit.map((entry) => entry.result).sort()).toEqual(["accepted", "accepted", "done", "done"]);
  expect((await backUp()).result).toMatchObject({ incrementId: 0 });
});

test("a catalogue older than the repository gets the points it lacks, without manifests too, and its open chain is closed", async () => {
  await loseCatalogue();
  const [stored] = (await look()).vms;
  for (const { backupId } of stored?.backups.find((backup) => backup.points.length === 3)?.points ?? []) {
    await rm(join(machine.repository, String(machine.vmId), backupId, "manifest.json"));
  }
  const { imageIds = [] } = (await readIn(await look())).result;
  const { db } = harness.core;
  const chain = await db.image.findFirstOrThrow({
    where: { id: { in: imageIds }, increments: { some: { id: 2 } } },
    include: { increments: { orderBy: { id: "asc" } } },
  });
  await db.increment.deleteMany({ where: { imageId: chain.id, id: { gt: 0 } } });
  await setPointers({ incrementalBackupId: chain.id, lastIncrementId: 0 });
  const plan = await look();
  expect(plan.vms).toMatchObject([
    { backups: [{ imageId: chain.id, points: [{ incrementId: 1 }, { incrementId: 2 }] }] },
  ]);
  await readIn(plan);
  await expectRestored(chain.id, [2]);
  for (const mark of ["checksummed", "verified"]) {
    await harness.finished((await requestVerify(harness.ctx, { imageId: chain.id, incrementId: null })).actionId);
    const { points } = await getChain(harness.ctx, chain.id);
    expect(points.map((point) => point.verification)).toEqual([mark, mark, mark]);
  }
  const after = await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } });
  expect(after.backupConfig).toMatchObject({
    incrementalBackupId: -1,
    closedReason: expect.stringContaining("read in"),
  });
});

test("what cannot be used is named with the reason, a number that has another owner now is said, and others may not look", async () => {
  await loseCatalogue();
  const { vmId, datastoreId, repository } = machine;
  const { ctx } = harness;
  const folder = join(repository, String(vmId));
  const [vm] = (await look()).vms;
  const full = vm?.backups.find((backup) => backup.points.length === 1)?.points[0]?.backupId ?? "";
  const copyOf = async (backupId: string, edit: (text: string) => string) => {
    await cp(join(folder, full), join(folder, backupId), { recursive: true });
    const manifest = join(folder, backupId, "manifest.json");
    await writeFile(manifest, edit(await readFile(manifest, "utf8")));
  };
  await copyOf("aaaaaa000001", (text) => text);
  await copyOf("aaaaaa000002", () => "{ no manifest");
  await copyOf("aaaaaa000003", (text) =>
    text
      .replace(full, "aaaaaa000003")
      .replace(/"FULL"/, '"INCREMENT"')
      .replace(/"parentId": -1/, '"parentId": 7'),
  );
  await harness.core.db.vm.update({ where: { id: vmId }, data: { name: "another" } });
  const [found] = (await look()).vms;
  await harness.core.db.vm.update({ where: { id: vmId }, data: { name: "lost" } });
  expect(found).toMatchObject({ here: "other", hereName: "another", vmName: "lost" });
  expect(found?.backups).toHaveLength(vm?.backups.length ?? 0);
  expect(new Map(found?.unusable.map((each) => [each.backupId, each.reason]))).toEqual(
    new Map([
      ["aaaaaa000001", expect.stringContaining("belongs to another backup")],
      ["aaaaaa000002", expect.stringContaining("is damaged")],
      ["aaaaaa000003", expect.stringContaining("parent that cannot be")],
    ]),
  );
  const stranger = { ...ctx, actor: { ...ctx.actor, userId: 7, isAdmin: false } };
  await expect(planCatalogue(stranger, datastoreId)).rejects.toThrow("administrator");
  await expect(
    requestCatalogueImport(stranger, { datastoreId, backups: [{ vmId, jobId: null, key: full }] }),
  ).rejects.toThrow("administrator");
  const unknown = [{ vmId, jobId: null, key: "bbbbbb" }];
  const { actionId } = await requestCatalogueImport(ctx, { datastoreId, backups: unknown });
  expect((await harness.finished(actionId)).warnings).toEqual([expect.stringContaining("it is not there")]);
});
