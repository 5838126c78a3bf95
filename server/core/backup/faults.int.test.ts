import { access, open, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { change, isSameContent, tool } from "../../drivers/testing/disks";
import { createRsyncDatastore } from "../datastore/commands";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { expectNothingLeft, expectRestores, makeMachine, namesIn, type TestMachine } from "../testing/machine";
import { registerVm } from "../vm/register";
import { requestBackup } from "./request";

const MIB = 1024 * 1024;
let harness: Harness;
let machine: TestMachine;

beforeAll(async () => {
  harness = await startHarness();
  machine = await makeMachine(harness, "faulty", { dataMib: 8 });
});

afterAll(() => harness.close());

const backup = (of: TestMachine, datastoreId: number | null = of.datastoreId, reset = false) =>
  requestBackup(harness.ctx, { vmId: of.vmId, datastoreId, reset });

async function ended(request: Promise<{ actionId: number }>) {
  return await harness.finished((await request).actionId);
}

async function restore(of: TestMachine, name: string) {
  const image = await harness.core.db.image.findFirstOrThrow({
    where: { vmId: of.vmId, type: "BACKUP" },
    orderBy: { id: "desc" },
  });
  return await requestRestore(harness.ctx, {
    imageId: image.id,
    incrementId: null,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
}

async function inventory() {
  const { db, config } = harness.core;
  return {
    images: await db.image.count({ where: { type: { not: "BACKUP" } } }),
    templates: await db.vmTemplate.count(),
    vms: await db.vm.count({ where: { state: { not: "DONE" } } }),
    files: await namesIn(join(config.datastoreLocation, "1")),
  };
}

/** Stored file of a point's disk 0. */
async function storedFile(of: TestMachine, incrementId: number): Promise<string> {
  const point = await harness.core.db.increment.findFirstOrThrow({
    where: { id: incrementId, image: { vmId: of.vmId } },
    orderBy: { imageId: "desc" },
  });
  return join(of.repository, String(of.vmId), point.source, `disk.0.${incrementId}`);
}

test("a backup server that does not exist: a sentence with its name, the VM free", async () => {
  const { datastoreId } = await createRsyncDatastore(harness.ctx, {
    name: "nowhere",
    driver: "rsync",
    host: "no-such-host.invalid",
    user: "root",
    port: 22,
    basePath: "/srv/backups",
    limitMb: null,
    rsyncArgs: null,
  });
  const row = await harness.core.db.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  expect(row.monitorError).toContain("no-such-host.invalid");
  await expect(backup(machine, datastoreId)).rejects.toMatchObject({ code: "DATASTORE_FULL" });
  await harness.core.db.datastore.update({ where: { id: datastoreId }, data: { freeMb: 50_000 } });
  const run = await ended(backup(machine, datastoreId));
  expect(run.state).toBe("FAILED");
  expect(run.error).toContain("no-such-host.invalid");
  await expectNothingLeft(harness.ctx, machine, 0);
});

test("a limit of MiB: refused before anything is copied", async () => {
  const limited = await makeMachine(harness, "limited", { sizeMib: 64, dataMib: 4, limitMb: 63 });
  await expect(backup(limited)).rejects.toMatchObject({ code: "DATASTORE_FULL", data: { needMb: 64 } });
  await expectNothingLeft(harness.ctx, limited, 0);
});

test("a full repository: the run fails and gives the space back; with space the next one works", async ({ skip }) => {
  const small = await makeMachine(harness, "small", { sizeMib: 64, dataMib: 40 });
  await tool("mkdir", "-p", small.repository);
  const mounted = await tool("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.repository).then(
    () => null,
    (error: Error) => error.message,
  );
  if (mounted !== null) return skip(`mounting a small tmpfs is not allowed here: ${mounted.slice(0, 120)}`);
  try {
    const attributes = { RSYNC_HOST: ["localhost"], RSYNC_USER: ["root"], RESERVE_MB: ["0"] };
    const where = { id: small.datastoreId };
    await harness.core.db.datastore.update({ where, data: { freeMb: 50_000, template: attributes } });
    const run = await ended(backup(small));
    expect(run.state).toBe("FAILED");
    expect(run.error).toMatch(/space|full|MiB/i);
    await expectNothingLeft(harness.ctx, small, 0);
    await tool("mount", "-o", "remount,size=128m", small.repository);
    expect(await ended(backup(small))).toMatchObject({ state: "DONE" });
  } finally {
    await tool("umount", small.repository);
  }
});

test("a repository whose folder was removed is not made anew: restore and backup say so", async () => {
  const gone = await makeMachine(harness, "gone", { dataMib: 4 });
  expect(await ended(backup(gone))).toMatchObject({ state: "DONE" });
  await rm(gone.repository, { recursive: true });
  const before = await inventory();
  for (const run of [restore(gone, "lost"), backup(gone, gone.datastoreId, true)]) {
    const row = await ended(run);
    expect(row.state).toBe("FAILED");
    expect(row.error).toContain(gone.repository);
    expect(row.error).toMatch(/Is the file system mounted\?/);
  }
  expect(await inventory()).toEqual(before);
  await expect(access(gone.repository)).rejects.toThrow();
});

test.each([
  "with spaces and 'quotes'.qcow2",
  "$(touch pwned) `id` ;&|.qcow2",
  '-rf \\ "x" %s {a,b} *.qcow2',
  "ünïcödé.qcow2",
])("a disk called %j is backed up and restored", async (diskName) => {
  const odd = await makeMachine(harness, `odd-${diskName.length}-${diskName.charCodeAt(0)}`, {
    sizeMib: 16,
    dataMib: 2,
    diskName,
  });
  expect(await ended(backup(odd))).toMatchObject({ state: "DONE", error: null });
  const moment = await odd.keepMoment("odd");
  await expectRestores(harness, (name) => restore(odd, name), moment, `odd-${diskName.charCodeAt(0)}`);
});

test.each(["a\nb.qcow2", "a\rb.qcow2", "a\u0000b.qcow2"])(
  "a disk called %j is refused with a sentence",
  async (name) => {
    const path = join(harness.dir, name);
    const before = await inventory();
    const register = registerVm(harness.ctx, {
      name: "control",
      hostId: 0,
      systemDatastoreId: 0,
      cpu: 1,
      memoryMb: 128,
      disks: [{ path, format: "qcow2", isVolatile: false }],
      nics: [],
    });
    await expect(register).rejects.toThrow(/without line breaks or other control characters/);
    expect(await inventory()).toEqual(before);
  },
);

test("damaged files of a chain: restore fails with the file's name and leaves nothing; undamaged points still restore", async () => {
  const chain = await makeMachine(harness, "damaged", { dataMib: 8 });
  await ended(backup(chain));
  await change(chain.disk, "write -P 3 1M 1M");
  const moment = await chain.keepMoment("whole");
  expect(await ended(backup(chain, null))).toMatchObject({ state: "DONE", result: { incrementId: 1 } });
  const file = await storedFile(chain, 1);
  const before = await inventory();
  const expectRefused = async (name: string) => {
    const run = await ended(restore(chain, name));
    expect(run.state).toBe("FAILED");
    expect(run.error).toContain(file);
    expect(await inventory()).toEqual(before);
  };

  await tool("cp", "--", file, `${file}.whole`);
  await truncate(file, 100_000);
  await expectRefused("truncated");
  await tool("cp", "--", `${file}.whole`, file);

  const handle = await open(file, "r+");
  await handle.write(Buffer.from([0xff]), 0, 1, 1); // in the magic of the header
  await handle.close();
  await expectRefused("flipped");

  await rm(file);
  await expectRefused("missing");

  await rename(`${file}.whole`, file);
  await expectRestores(harness, (name) => restore(chain, name), moment, "whole-again");
});

test("a change of more than 1 GiB at once goes through the whole core", async () => {
  const big = await makeMachine(harness, "big", { sizeMib: 2 * 1024, dataMib: 1 });
  await change(big.disk, "write -P 1 1900M 1M");
  expect(await ended(backup(big))).toMatchObject({ state: "DONE" });
  await change(big.disk, "write -P 7 512M 1025M");
  const moment = await big.keepMoment("big");
  const run = await ended(backup(big, null));
  expect(run).toMatchObject({ state: "DONE", result: { incrementId: 1 } });
  expect(run.bytes).toBeGreaterThan(1024 * MIB);
  const { actionId } = await restore(big, "big-again");
  const restored = await harness.finished(actionId);
  expect(restored).toMatchObject({ state: "DONE", error: null });
  const vmDir = join(harness.core.config.datastoreLocation, "0", String(restored.result.vmId));
  expect(await isSameContent(join(vmDir, "disk.0"), moment)).toBe(true);
});
