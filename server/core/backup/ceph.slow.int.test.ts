/** A VM with disks in a real Ceph: backed up to an rsync datastore, restored to Ceph and to files. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateCephDatastore } from "../../domain/ceph";
import { startCeph, type TestCeph } from "../../drivers/testing/ceph";
import { isSameContent, scatteredChanges, seeded, tool } from "../../drivers/testing/disks";
import { createCephDatastore, testCephDatastore } from "../datastore/ceph";
import { createRsyncDatastore } from "../datastore/commands";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { updateBackupConfig } from "../vm/commands";
import { getVm } from "../vm/queries";
import { registerVm } from "../vm/register";
import { requestBackup } from "./request";

const MIB = 1024 * 1024;
const SIZES = [48, 32] as const;

let harness: Harness;
let ceph: TestCeph;
let systemId: number;
let imagesId: number;
let repositoryId: number;
let vmId: number;

beforeAll(async () => {
  [harness, ceph] = await Promise.all([startHarness(), startCeph()]);
  const place = { pool: ceph.pool, confPath: ceph.confPath, user: "admin" };
  const create = (name: string, type: "IMAGE" | "SYSTEM") =>
    createCephDatastore(harness.ctx, {
      ...{ monitors: null, secretUuid: null, dataPool: null, bridgeList: null },
      ...{ name, type, ...place },
    });
  systemId = (await create("ceph-system", "SYSTEM")).datastoreId;
  imagesId = (await create("ceph-images", "IMAGE")).datastoreId;
  repositoryId = (
    await createRsyncDatastore(harness.ctx, {
      name: "repository",
      driver: "rsync",
      host: "localhost",
      user: "root",
      port: 22,
      basePath: join(harness.dir, "repository"),
      limitMb: null,
      rsyncArgs: null,
    })
  ).datastoreId;
  for (const [id, size] of SIZES.entries()) await ceph.tool("rbd", "create", "--size", `${size}M`, `one/db-${id}`);
  ({ vmId } = await registerVm(harness.ctx, {
    name: "db",
    hostId: 0,
    systemDatastoreId: systemId,
    cpu: 1,
    memoryMb: 128,
    disks: SIZES.map((_, id) => ({ path: `one/db-${id}`, format: "raw" as const, isVolatile: false })),
    nics: [],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT" } });
});

afterAll(async () => {
  await Promise.all([harness.close(), ceph.stop()]);
});

const momentOf = (point: number, diskId: number) => join(harness.dir, `moment-${point}-${diskId}.qcow2`);

async function changeAndKeep(point: number): Promise<void> {
  const random = seeded(point + 1);
  for (const [id, size] of SIZES.entries()) {
    const commands = scatteredChanges(random, size * MIB).flatMap((each) => ["-c", each]);
    await tool("qemu-io", "-d", "unmap", ...commands, ceph.name(`db-${id}`));
    await tool("qemu-img", "convert", "-O", "qcow2", ceph.name(`db-${id}`), momentOf(point, id));
  }
}

async function backUp() {
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: repositoryId, reset: false });
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  return row;
}

async function restore(name: string, incrementId: number, datastoreId: number, systemDatastoreId: number) {
  const image = await harness.core.db.image.findFirstOrThrow({ where: { type: "BACKUP", vmId } });
  const { actionId } = await requestRestore(harness.ctx, {
    imageId: image.id,
    incrementId,
    datastoreId,
    name,
    network: "no_ip",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId },
  });
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  return row.result.vmId ?? -1;
}

const snapshotsOf = async (image: string) =>
  (JSON.parse(await ceph.tool("rbd", "snap", "ls", "--format", "json", `one/${image}`)) as { name: string }[]).map(
    ({ name }) => name,
  );

test("a full and two increments, with a failed one between, restored to Ceph and to files", async () => {
  expect(await getVm(harness.ctx, vmId)).toMatchObject({
    canIncrement: true,
    disks: [{ type: "RBD" }, { type: "RBD" }],
  });
  await changeAndKeep(0);
  expect(await backUp()).toMatchObject({ result: { incrementId: 0 }, warnings: [] });

  // The second one cannot be stored: its snapshot goes, the parent's stays, and the chain goes on.
  await changeAndKeep(1);
  const repository = join(harness.dir, "repository");
  await tool("mv", repository, `${repository}.away`);
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: repositoryId, reset: false });
  expect((await harness.finished(actionId)).state).toBe("FAILED");
  await tool("mv", `${repository}.away`, repository);
  expect(await snapshotsOf("db-0")).toEqual(["one_backup_0"]);

  expect(await backUp()).toMatchObject({ result: { incrementId: 1 }, warnings: [] });
  await changeAndKeep(2);
  expect(await backUp()).toMatchObject({ result: { incrementId: 2 }, warnings: [] });
  expect(await snapshotsOf("db-1")).toEqual(["one_backup_2"]);

  for (const point of [0, 1, 2]) {
    const restored = await restore(`to-ceph-${point}`, point, imagesId, systemId);
    const { disks } = await getVm(harness.ctx, restored);
    for (const [id] of SIZES.entries()) {
      const image = `${(disks[id]?.source ?? "").replace("one/", "")}-${restored}-${id}`;
      expect([point, id, await isSameContent(ceph.name(image), momentOf(point, id))]).toEqual([point, id, true]);
    }
  }
  const files = await restore("to-files", 1, 1, 0);
  for (const [id] of SIZES.entries()) {
    const disk = join(harness.core.config.datastoreLocation, "0", String(files), `disk.${id}`);
    expect(await isSameContent(disk, momentOf(1, id))).toBe(true);
  }
});

test("the connection test goes through all stages, says which one fails, and leaves nothing", async () => {
  const images = () => ceph.tool("rbd", "ls", ceph.pool);
  const before = await images();
  const given = { name: "another", type: "IMAGE" as const, pool: ceph.pool, confPath: ceph.confPath, user: "admin" };
  const tried = async (more: object) => {
    const input = CreateCephDatastore.parse({ ...given, ...more });
    const { isOk, stages, freeMb } = await testCephDatastore(harness.ctx, input);
    return { isOk, freeMb, failed: stages.filter(({ state }) => state !== "ok").map(({ stage }) => stage) };
  };
  expect(await tried({})).toEqual({ isOk: true, failed: [], freeMb: expect.any(Number) });
  expect(await tried({ pool: "another" })).toMatchObject({ failed: ["pool", "write", "read", "space"] });
  expect(await tried({ dataPool: "another" })).toMatchObject({ isOk: false, failed: ["write", "read", "space"] });
  const nowhere = join(harness.dir, "ceph.conf");
  expect(await tried({ confPath: nowhere })).toMatchObject({ failed: ["connect", "pool", "write", "read", "space"] });
  expect(await images()).toBe(before);
});

test("files cannot be disks of a VM on a system datastore in Ceph", async () => {
  await expect(restore("wrong", 0, 1, systemId)).rejects.toThrow(/choose a system datastore that is not in Ceph/);
});

test("a template cannot say where ceph.conf is", async () => {
  const vm = await harness.core.db.vm.findFirstOrThrow({ where: { name: "to-ceph-0" } });
  const template = JSON.stringify(vm.template);
  expect(template).toContain(ceph.confPath);
  const { withoutCeph } = await import("../vm/ceph");
  expect(withoutCeph({ IMAGE_ID: "3", CEPH_CONF: "/tmp/evil", CEPH_KEY: "/etc/shadow" })).toEqual({ IMAGE_ID: "3" });
});
