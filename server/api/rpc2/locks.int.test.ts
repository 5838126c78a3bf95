import { afterAll, beforeAll, expect, test } from "vitest";
import { readAccess } from "../../core/access/queries";
import { type BareCore, startBareCore, USER_PASSWORD } from "../../core/testing/bare-core";
import { storeBackup } from "../../core/testing/points";
import { requireVmOperation } from "../../core/vm-operations";
import type { Actor } from "../../domain/actor";
import { childText, parseXml } from "../../lib/xml/parse";
import { rpcClient } from "./testing/client";

let bare: BareCore;
let ana: Actor;
let owner: ReturnType<typeof rpcClient>;
let admin: ReturnType<typeof rpcClient>;
let vmId: number;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  ana = await bare.user("ana");
  await bare.user("root", 0);
  owner = rpcClient(bare.core, `ana:${USER_PASSWORD}`);
  admin = rpcClient(bare.core, `root:${USER_PASSWORD}`);
  vmId = await bare.vm("web", ana);
  datastoreId = await bare.datastore("store");
});

afterAll(() => bare.close());

const read = async (method: string, id: number) => parseXml(String((await owner(method, id)).value));
const DENIED = { ok: false, code: 0x0200 };

test.each([
  [1, { use: false, manage: false, admin: false }],
  [2, { use: true, manage: false, admin: false }],
  [3, { use: true, manage: true, admin: false }],
  [4, { use: false, manage: false, admin: false }],
])("a VM that is locked at level %i, for its owner and for administrators", async (level, may) => {
  expect(await owner("one.vm.lock", vmId, level)).toMatchObject({ ok: true, value: vmId });
  expect(childText(await read("one.vm.info", vmId), "LOCK", "LOCKED")).toBe(String(level === 4 ? 1 : level));
  const row = await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } });
  // `backup` needs ADMIN and `update` MANAGE; an operation of the list of USE is one that this group was given.
  const template = { VM_USE_OPERATIONS: ["resume"] };
  await bare.core.db.group.update({ where: { id: 0 }, data: { template } });
  const root = bare.ctx.actor;
  const can = (operation: "resume" | "update" | "backup") =>
    requireVmOperation(bare.core.db, root, operation, row).then(
      () => true,
      (error) => (error.code === "OBJECT_LOCKED" ? false : error),
    );
  expect({ use: await can("resume"), manage: await can("update"), admin: await can("backup") }).toEqual(may);
  for (const client of [owner, admin]) {
    expect((await client("one.vm.rename", vmId, `web-${level}`)).ok).toBe(may.manage);
    expect((await client("one.vm.update", vmId, `NOTE=${level}`, 1)).ok).toBe(may.manage);
  }
  expect(await admin("one.vm.backup", vmId, datastoreId)).toMatchObject(DENIED);
  await requireVmOperation(bare.core.db, root, "backup", row, { ignoreLock: true });
  expect(await owner("one.vm.unlock", vmId)).toMatchObject({ ok: true });
  expect(childText(await read("one.vm.info", vmId), "LOCK", "LOCKED")).toBeUndefined();
});

test("only its owner and administrators change a lock; a test does not take one over; levels are checked", async () => {
  const ben = await bare.user("ben");
  const other = rpcClient(bare.core, `ben:${USER_PASSWORD}`);
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o662 } });
  expect(ben.isAdmin).toBe(false);
  expect(await owner("one.vm.lock", vmId, 2, true)).toMatchObject({ ok: true });
  expect(await owner("one.vm.lock", vmId, 3, true)).toMatchObject({ code: 0x0800, value: /Error trying to lock/ });
  expect(await other("one.vm.lock", vmId, 1)).toMatchObject({ code: 0x0800, value: /Error trying to lock/ });
  expect(await other("one.vm.unlock", vmId)).toMatchObject({ value: /Cannot unlock: Lock is owned by another user/ });
  expect(await owner("one.vm.lock", vmId, 5)).toMatchObject({ code: 0x0800, value: /Wrong lock level specified/ });
  expect(await admin("one.vm.lock", vmId, 3)).toMatchObject({ ok: true });
  expect(await owner("one.vm.unlock", vmId)).toMatchObject({ ok: false });
  expect(await admin("one.vm.unlock", vmId)).toMatchObject({ ok: true });
  const audit = await bare.core.db.auditEntry.findMany({ where: { what: { in: ["lock", "unlock"] }, objectId: vmId } });
  expect(audit.length).toBeGreaterThan(3);
});

test("a locked backup is neither restored nor deleted", async () => {
  await storeBackup(bare.core.db, { id: 701, vmId, datastoreId, uid: ana.userId, gid: 1, sizeMb: 7 }, [{}]);
  expect(await owner("one.image.lock", 701, 1)).toMatchObject({ ok: true });
  expect(childText(await read("one.image.info", 701), "LOCK", "LOCKED")).toBe("1");
  expect(await owner("one.image.restore", 701, 1, "")).toMatchObject(DENIED);
  expect(await admin("one.image.delete", 701)).toMatchObject(DENIED);
  await owner("one.image.lock", 701, 3);
  expect(await owner("one.image.delete", 701)).toMatchObject(DENIED);
  expect(await owner("one.image.unlock", 701)).toMatchObject({ ok: true });
  expect(await owner("one.image.delete", 701)).toMatchObject({ ok: true });
});

test("nothing is restored in place from a locked backup or into a locked VM", async () => {
  await storeBackup(bare.core.db, { id: 702, vmId, datastoreId, uid: ana.userId, gid: 1, sizeMb: 7 }, [{}]);
  await admin("one.image.lock", 702, 1);
  expect(await admin("one.vm.restore", vmId, 702, -1, -1)).toMatchObject(DENIED);
  await admin("one.image.unlock", 702);
  for (const level of [1, 3]) {
    await admin("one.vm.lock", vmId, level);
    expect(await admin("one.vm.restore", vmId, 702, -1, -1)).toMatchObject(DENIED);
    await admin("one.vm.unlock", vmId);
  }
  expect(await bare.core.db.action.count({ where: { kind: { contains: "restore" } } })).toBe(0);
});

test("refusals have the words of the reference", async () => {
  const stranger = await bare.user("words");
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o600 } });
  const theirs = rpcClient(bare.core, `words:${USER_PASSWORD}`);
  const vmRefusal = `[one.vm.rename] User [${stranger.userId}] : Not authorized to perform MANAGE VM [${vmId}].`;
  expect(await theirs("one.vm.rename", vmId, "x")).toMatchObject({ code: 0x0200, value: vmRefusal });
  const jobId = Number((await admin("one.backupjob.allocate", "NAME=worded")).value);
  const jobRefusal = `[one.backupjob.delete] User [${stranger.userId}] : Not authorized to perform MANAGE BACKUPJOB [${jobId}].`;
  expect(await theirs("one.backupjob.delete", jobId)).toMatchObject({ code: 0x0200, value: jobRefusal });
  expect(await admin("one.backupjob.lock", jobId, 1, true)).toMatchObject({ ok: true });
  const taken = { code: 0x0800, value: "[one.backupjob.lock] Error trying to lock the resource." };
  expect(await admin("one.backupjob.lock", jobId, 2, true)).toMatchObject(taken);
  expect((await admin("one.backupjob.rename", jobId, "x")).value).toMatch(
    new RegExp(`^\\[one.backupjob.rename\\] User \\[\\d+\\] : BACKUPJOB is locked. \\[${jobId}\\].$`),
  );
  expect((await admin("one.vm.backup", vmId, -1)).value).toBe("[one.vm.backup] Error getting datastore Pool.");
});

test("a lock is shown to whoever may see the object, with who may end it", async () => {
  const ctx = { core: bare.core, actor: ana };
  expect(await readAccess(ctx, "vm", vmId)).toMatchObject({ lock: null });
  await admin("one.vm.lock", vmId, 2);
  const lock = { level: 2, ownerName: expect.any(String), at: expect.any(Number) };
  expect(await readAccess(ctx, "vm", vmId)).toMatchObject({ lock: { ...lock, mayChange: false } });
  expect(await readAccess(bare.ctx, "vm", vmId)).toMatchObject({ lock: { ...lock, mayChange: true } });
  await admin("one.vm.unlock", vmId);
  expect((await readAccess(ctx, "datastore", datastoreId)).lock).toBeNull();
});

test("user attributes: replaced, appended, never those that make the machine", async () => {
  const note = async () => {
    const vm = await read("one.vm.info", vmId);
    return [childText(vm, "USER_TEMPLATE", "NOTE"), childText(vm, "USER_TEMPLATE", "LABELS")];
  };
  expect(await owner("one.vm.update", vmId, 'LABELS="prod"\nNOTE="a <b>"')).toMatchObject({ ok: true, value: vmId });
  expect(await note()).toEqual(["a <b>", "prod"]);
  expect(await owner("one.vm.update", vmId, "NOTE=b", 1)).toMatchObject({ ok: true });
  expect(await note()).toEqual(["b", "prod"]);
  expect(await owner("one.vm.update", vmId, "NOTE=c", 0)).toMatchObject({ ok: true });
  expect(await note()).toEqual(["c", undefined]);
  expect(await owner("one.vm.update", vmId, "NOTE=c", 2)).toMatchObject({ code: 0x1000, value: /Wrong update type/ });
  for (const hostile of [
    'RAW=[TYPE=kvm, DATA="<x/>"]',
    "EMULATOR=/tmp/x",
    "DISK=[SOURCE=/etc/shadow]",
    "OS=[KERNEL=x]",
  ]) {
    for (const client of [owner, admin]) {
      expect(await client("one.vm.update", vmId, hostile, 1)).toMatchObject({
        ...DENIED,
        value: /restricted attribute/,
      });
    }
  }
  expect(await note()).toEqual(["c", undefined]);
});

test("a VM template: hardware is for administrators; a lock stops what is made of it", async () => {
  const template = { CPU: ["1"], MEMORY: ["64"], RAW: [{ TYPE: "kvm", DATA: "<a/>" }], NOTE: ["old"] };
  const data = { id: 801, uid: ana.userId, gid: 1, name: "golden", template };
  await bare.core.db.vmTemplate.create({ data });
  const update = (client: typeof owner, text: string, type: number) => client("one.template.update", 801, text, type);
  expect(await update(owner, "RAW=[DATA=evil]", 1)).toMatchObject(DENIED);
  expect(await update(owner, "EMULATOR=/tmp/evil", 1)).toMatchObject(DENIED);
  expect(await update(owner, 'NOTE=new\nMEMORY=128\nRAW=[DATA="<a/>", TYPE=kvm]', 0)).toMatchObject({ ok: true });
  const stored = await bare.core.db.vmTemplate.findUniqueOrThrow({ where: { id: 801 } });
  expect(stored.template).toEqual({ MEMORY: ["128"], NOTE: ["new"], RAW: template.RAW });
  expect(await update(admin, "EMULATOR=/usr/bin/kvm", 1)).toMatchObject({ ok: true });
  await owner("one.template.lock", 801, 1);
  expect(childText(await read("one.template.info", 801), "LOCK", "OWNER")).toBe(String(ana.userId));
  expect(await owner("one.template.instantiate", 801, "x", false, "", false)).toMatchObject(DENIED);
});

test("a datastore: allowed attributes change, others may only stay as they are", async () => {
  const update = (text: string, type: number) => admin("one.datastore.update", datastoreId, text, type);
  const attribute = async (name: string) => {
    const answer = await admin("one.datastore.info", datastoreId);
    return childText(parseXml(String(answer.value)), "TEMPLATE", name);
  };
  expect(await update("LIMIT_MB=5000\nRSYNC_NICE=10", 1)).toMatchObject({ ok: true, value: datastoreId });
  expect([await attribute("LIMIT_MB"), await attribute("RSYNC_NICE")]).toEqual(["5000", "10"]);
  expect(await update("RSYNC_HOST=localhost\nRSYNC_USER=root", 0)).toMatchObject({ ok: true });
  expect([await attribute("LIMIT_MB"), await attribute("RSYNC_HOST")]).toEqual([undefined, "localhost"]);
  expect(await update("TYPE=IMAGE_DS", 1)).toMatchObject({ ok: false, value: /Cannot change type/ });
  expect(await update("TYPE=BACKUP_DS\nDS_MAD=rsync", 1)).toMatchObject({ ok: true });
  expect(await update("REPO_ID=forged", 1)).toMatchObject(DENIED);
  expect(await update('RSYNC_HOST="-oProxyCommand=id"', 1)).toMatchObject({ ok: false, code: 0x1000 });
  expect(await owner("one.datastore.update", datastoreId, "LIMIT_MB=1", 1)).toMatchObject(DENIED);
});

test("a network has an owner, bits and a name", async () => {
  const network = { id: 901, uid: ana.userId, gid: 1, name: "lan", bridge: "br0", vnMad: "bridge" };
  await bare.core.db.virtualNetwork.create({ data: network });
  expect(await owner("one.vn.rename", 901, "lan-2")).toMatchObject({ ok: true, value: 901 });
  expect(await owner("one.vn.chmod", 901, -1, -1, -1, 1, 0, 0, -1, -1, -1)).toMatchObject({ ok: true });
  expect(await admin("one.vn.chown", 901, 0, -1)).toMatchObject({ ok: true });
  const vnet = parseXml(String((await admin("one.vn.info", 901)).value));
  expect([childText(vnet, "NAME"), childText(vnet, "UID"), childText(vnet, "PERMISSIONS", "GROUP_U")]).toEqual([
    "lan-2",
    "0",
    "1",
  ]);
});

test("a stored row that cannot be read is an internal error, not the caller's parameter", async () => {
  const broken = await bare.vm("broken", ana);
  await bare.core.db.vm.update({ where: { id: broken }, data: { backupConfig: { mode: 7 } } });
  expect(await owner("one.vm.info", broken)).toMatchObject({ code: 0x2000, value: /Internal error/ });
});
