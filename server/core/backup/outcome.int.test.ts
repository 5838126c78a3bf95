import { afterAll, beforeAll, expect, test } from "vitest";
import { BackupConfig } from "../../domain/backup-config";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { updateBackupConfig } from "../vm/commands";
import { requestBackup } from "./request";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

const readVm = (id: number) => bare.core.db.vm.findUniqueOrThrow({ where: { id } });
const configOf = async (vmId: number) => BackupConfig.parse((await readVm(vmId)).backupConfig);
const imagesOf = (vmId: number) =>
  bare.core.db.image.findMany({ where: { vmId }, orderBy: { id: "asc" }, include: { increments: true } });

async function backup(vmId: number, options: { reset?: boolean } = {}) {
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: options.reset ?? false });
  return { actionId, ...(await bare.run(actionId)) };
}

test("KEEP_LAST of FULL mode: each backup is an image, the oldest beyond it are deleted by runs of their own", async () => {
  const vmId = await bare.vm("keep-last");
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL", keepLast: 2 } });
  for (let made = 0; made < 4; made += 1) {
    expect(await backup(vmId)).toMatchObject({ state: "DONE" });
    const deletions = await bare.core.db.action.findMany({ where: { kind: "image-delete", state: "PENDING", vmId } });
    expect(deletions).toHaveLength(made < 2 ? 0 : 1);
    for (const { id } of deletions) expect(await bare.run(id)).toMatchObject({ state: "DONE" });
  }
  const images = await imagesOf(vmId);
  expect(images).toHaveLength(2);
  const all = await bare.core.db.increment.findMany({ where: { image: { vmId } } });
  expect(all.map((increment) => increment.type)).toEqual(["FULL", "FULL"]);
  const newest = await bare.core.db.action.findMany({
    where: { vmId, kind: "backup" },
    orderBy: { id: "desc" },
    take: 2,
  });
  expect(images.map((image) => image.id).reverse()).toEqual(newest.map((action) => action.imageId));
});

test("KEEP_LAST spares the image that a restore reads, until the next backup", async () => {
  const vmId = await bare.vm("keep-read");
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL", keepLast: 1 } });
  await backup(vmId);
  const [image] = await imagesOf(vmId);
  const reader = await bare.core.db.action.create({
    data: {
      id: 90_000,
      kind: "restore",
      actorId: 0,
      actorName: "oneadmin",
      imageId: image?.id ?? -1,
      input: {},
      progress: {},
    },
  });
  await backup(vmId);
  expect(await bare.core.db.action.count({ where: { kind: "image-delete", vmId } })).toBe(0);
  await bare.core.db.action.update({ where: { id: reader.id }, data: { state: "DONE" } });
  await backup(vmId);
  expect(await bare.core.db.action.count({ where: { kind: "image-delete", vmId } })).toBe(2);
});

test("an outcome that cannot be recorded: FAILED, the stored backup removed, the VM free, the next one works", async () => {
  const vmId = await bare.vm("unrecorded");
  const { db } = bare.core;
  await db.$executeRaw`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room for this'; END $$`;
  await db.$executeRaw`CREATE TRIGGER refuse BEFORE INSERT ON "Increment" FOR EACH ROW EXECUTE FUNCTION refuse()`;
  const from = bare.drivers.calls.length;
  const failed = await backup(vmId);
  expect(failed).toMatchObject({ state: "FAILED" });
  expect(failed.error).toMatch(/could not be recorded, and was removed again: .*no room for this/s);
  const removed = bare.drivers.calls.slice(from).find((call) => call.action === "rm");
  const stored = bare.drivers.calls.slice(from).find((call) => call.action === "backup");
  const backupId = /<BACKUP_ID>(\w+)</.exec(stored?.document ?? "")?.[1] ?? "none";
  expect(removed?.document).toContain(backupId);
  expect(await imagesOf(vmId)).toEqual([]);
  expect(await readVm(vmId)).toMatchObject({ state: "POWEROFF" });
  await db.$executeRaw`DROP TRIGGER refuse ON "Increment"`;
  expect(await backup(vmId)).toMatchObject({ state: "DONE" });
});

test("when not even the failure can be recorded the run still ends and the VM is free", async () => {
  const vmId = await bare.vm("abandoned");
  bare.drivers.on("tm/prebackup", async () => {
    // What recording reads cannot be read any more.
    await bare.core.db.$executeRaw`UPDATE "Action" SET "input" = '{}' WHERE "vmId" = ${vmId}`;
    throw new Error("the host is gone");
  });
  const failed = await backup(vmId);
  bare.drivers.on("tm/prebackup", () => "");
  expect(failed).toMatchObject({ state: "FAILED" });
  expect(await bare.core.db.action.count({ where: { state: "RUNNING" } })).toBe(0);
});

test.each([
  [
    "host",
    () => bare.core.db.host.update({ where: { id: 0 }, data: { id: 77 } }),
    () => bare.core.db.host.update({ where: { id: 77 }, data: { id: 0 } }),
    "host 0 does not exist.",
  ],
  [
    "datastore",
    () => bare.core.db.datastore.update({ where: { id: datastoreId }, data: { id: 7_777 } }),
    () => bare.core.db.datastore.update({ where: { id: 7_777 }, data: { id: datastoreId } }),
    "datastore 100 does not exist.",
  ],
])("a %s that vanished between request and start fails the run with its name", async (name, vanish, comeBack, text) => {
  const vmId = await bare.vm(`vanished-${name}`);
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  await vanish();
  const ended = await bare.run(actionId);
  await comeBack();
  expect(ended).toMatchObject({ state: "FAILED", error: text });
  expect(await readVm(vmId)).toMatchObject({ state: "POWEROFF" });
  expect(await backup(vmId)).toMatchObject({ state: "DONE" });
});

test("a run whose user was disabled meanwhile fails and releases the VM", async () => {
  const user = await bare.user("leaver");
  const vmId = await bare.vm("of-leaver", user);
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o700 } });
  const { actionId } = await requestBackup({ core: bare.core, actor: user }, { vmId, datastoreId, reset: false });
  await bare.core.db.user.update({ where: { id: user.userId }, data: { enabled: false } });
  const from = bare.drivers.calls.length;
  expect(await bare.run(actionId)).toMatchObject({ state: "FAILED", error: expect.stringContaining("leaver") });
  expect(bare.drivers.calls.slice(from).map((call) => call.action)).not.toContain("prebackup");
  expect(await readVm(vmId)).toMatchObject({ state: "POWEROFF" });
});

test("two chains of one VM in the same second get two names", async () => {
  const vmId = await bare.vm("same-second");
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT" } });
  for (let chain = 0; chain < 3; chain += 1)
    expect(await backup(vmId, { reset: true })).toMatchObject({ state: "DONE" });
  const names = (await imagesOf(vmId)).map((image) => image.name);
  expect(new Set(names).size).toBe(3);
});

test("a chain goes on by itself; what changes the set of disks closes it, keeps it and says so", async () => {
  const vmId = await bare.vm("closing");
  const set = (config: object) => updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT", ...config } });
  await set({});
  await backup(vmId);
  await backup(vmId);
  expect(await configOf(vmId)).toMatchObject({ lastIncrementId: 1 });
  expect(await set({ keepLast: 7 })).toEqual({ chainClosed: false });
  expect(await set({ keepLast: 7, fsFreeze: "AGENT" })).toEqual({ chainClosed: false });
  expect(await configOf(vmId)).toMatchObject({ lastIncrementId: 1, keepLast: 7 });
  expect(await updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL" } })).toEqual({ chainClosed: true });
  expect(await configOf(vmId)).toMatchObject({ lastIncrementId: -1, incrementalBackupId: -1, keepLast: 0 });
  expect((await imagesOf(vmId)).map((image) => image.increments.length)).toEqual([2]);
  expect(await set({})).toEqual({ chainClosed: false });
  expect(await backup(vmId)).toMatchObject({ state: "DONE" });
  expect((await imagesOf(vmId)).map((image) => image.increments.length)).toEqual([2, 1]);
});

test("settings cannot change while a backup runs, and each change is audited", async () => {
  const vmId = await bare.vm("locked");
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  const change = updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL", keepLast: 1 } });
  await expect(change).rejects.toMatchObject({ code: "BACKUP_CONFIG_LOCKED" });
  await bare.run(actionId);
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "FULL", keepLast: 1 } });
  const audit = await bare.core.db.auditEntry.findMany({
    where: { object: "vm", objectId: vmId },
    orderBy: { id: "asc" },
  });
  expect(audit.map((entry) => [entry.what, entry.userName])).toEqual([
    ["vm-register", "oneadmin"],
    ["backup-config", "oneadmin"],
  ]);
});
