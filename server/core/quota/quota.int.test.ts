/** What is accounted is what is stored and what is reserved, with whoever holds it, whatever happened in between. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { changeOwner } from "../access/commands";
import { cancelAction } from "../action/cancel";
import { requestBackup } from "../backup/request";
import { requestImageDelete } from "../image/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { updateBackupConfig } from "../vm/commands";
import { listQuotas, setQuota } from "./limits";

let bare: BareCore;
let ann: Actor;
let bob: Actor;
let count = 0;

beforeAll(async () => {
  bare = await startBareCore();
  await bare.core.db.group.create({ data: { id: 60, name: "bobs" } });
  ann = await bare.user("ann");
  bob = await bare.user("bob", 60);
});
afterAll(() => bare.close());

interface Scene {
  vmId: number;
  datastoreId: number;
}
/** A VM of Ann's in increments, and a datastore of its own, whose use starts at nothing. */
async function scene(): Promise<Scene> {
  const vmId = await bare.vm(`vm-${count}`, ann);
  const datastoreId = await bare.datastore(`repository-${count++}`);
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT" } });
  return { vmId, datastoreId };
}
const backup = (at: Scene, reset = false) => requestBackup(bare.ctx, { ...at, reset });
const give = (kind: "vm" | "image", id: number, to: Actor) =>
  changeOwner(bare.ctx, { kind, id, userId: to.userId, groupId: to.groupIds[0] ?? 1 });

/** Used MiB and images, by subject. */
async function use(datastoreId: number) {
  const rows = await bare.core.db.datastoreQuota.findMany({ where: { datastoreId } });
  const of = (subject: string, subjectId: number) => {
    const row = rows.find((each) => each.subject === subject && each.subjectId === subjectId);
    return [row?.sizeUsedMb ?? 0, row?.imagesUsed ?? 0];
  };
  return { ann: of("user", ann.userId), users: of("group", 1), bob: of("user", bob.userId), bobs: of("group", 60) };
}
const byAnn = (...amount: number[]) => ({ ann: amount, users: amount, bob: [0, 0], bobs: [0, 0] });
const byBob = (...amount: number[]) => ({ ann: [0, 0], users: [0, 0], bob: amount, bobs: amount });

const ok = async (request: Promise<{ actionId: number }>) =>
  expect(await bare.run((await request).actionId)).toMatchObject({ state: "DONE" });

test("reserved at the request, settled at the end; a point of 5 MiB of a disk of 64", async () => {
  const at = await scene();
  const { actionId } = await backup(at);
  expect(await use(at.datastoreId)).toEqual(byAnn(64, 1));
  await bare.run(actionId);
  expect(await use(at.datastoreId)).toEqual(byAnn(5, 1));
  await ok(backup(at));
  expect(await use(at.datastoreId)).toEqual(byAnn(10, 1));
});

test("the VM changes its owner while its backup waits: each has what is theirs", async () => {
  const at = await scene();
  const { actionId } = await backup(at);
  await give("vm", at.vmId, bob);
  await bare.run(actionId);
  expect(await use(at.datastoreId)).toEqual(byBob(5, 1)); // the image belongs to the VM's owner of then
  const image = await bare.core.db.image.findFirstOrThrow({ where: { vmId: at.vmId } });
  await ok(requestImageDelete(bare.ctx, image.id));
  expect(await use(at.datastoreId)).toEqual(byBob(0, 0));
});

test("the VM changes its owner while its backup waits, and the backup fails, or is cancelled", async () => {
  for (const end of ["fail", "cancel"] as const) {
    const at = await scene();
    const { actionId } = await backup(at);
    await give("vm", at.vmId, bob);
    if (end === "cancel") await cancelAction(bare.ctx, actionId);
    else {
      bare.drivers.on("tm/prebackup", () => {
        throw appError("DRIVER_FAILED", { path: "tm/ssh/prebackup", exitCode: 1, reason: "no space" });
      });
      expect(await bare.run(actionId)).toMatchObject({ state: "FAILED" });
      bare.drivers.on("tm/prebackup", () => "");
    }
    expect(await use(at.datastoreId)).toEqual(byAnn(0, 0));
  }
});

test("increments of a chain that somebody else owns count with that owner, and go with the image", async () => {
  const at = await scene();
  await ok(backup(at));
  await give("vm", at.vmId, bob); // Ann keeps the chain's image
  const { actionId } = await backup(at);
  expect(await use(at.datastoreId)).toEqual(byAnn(69, 1));
  await bare.run(actionId);
  expect(await use(at.datastoreId)).toEqual(byAnn(10, 1));
  const image = await bare.core.db.image.findFirstOrThrow({ where: { vmId: at.vmId } });
  await give("image", image.id, bob);
  expect(await use(at.datastoreId)).toEqual(byBob(10, 1));
  await ok(requestImageDelete(bare.ctx, image.id));
  expect(await use(at.datastoreId)).toEqual(byBob(0, 0));
});

test("the image changes its owner while an increment of it waits", async () => {
  const at = await scene();
  await ok(backup(at));
  const image = await bare.core.db.image.findFirstOrThrow({ where: { vmId: at.vmId } });
  const { actionId } = await backup(at);
  await give("image", image.id, bob);
  await bare.run(actionId);
  expect(await use(at.datastoreId)).toEqual(byBob(10, 1));
});

test("what is stored already is accounted, also beyond a limit that was set meanwhile; the next is refused", async () => {
  const at = await scene();
  const { actionId } = await backup(at);
  const limit = {
    subject: "user",
    subjectId: ann.userId,
    datastoreId: at.datastoreId,
    sizeLimitMb: 1,
    imagesLimit: -1,
  } as const;
  await setQuota(bare.ctx, limit);
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  expect(await use(at.datastoreId)).toEqual(byAnn(5, 1));
  await expect(backup(at)).rejects.toThrow(/user limit of 1 MiB on datastore/);
  expect(await use(at.datastoreId)).toEqual(byAnn(5, 1));
  await setQuota(bare.ctx, { ...limit, sizeLimitMb: -1, imagesLimit: 1 });
  await ok(backup(at)); // an increment is no new image
  await expect(backup(at, true)).rejects.toThrow(/user limit of 1 images/);
});

test("LIMIT_MB counts backups that wait: two of 64 MiB do not both fit into 100", async () => {
  const first = await scene();
  const second = { ...(await scene()), datastoreId: first.datastoreId };
  await bare.core.db.datastore.update({
    where: { id: first.datastoreId },
    data: { freeMb: 90_000, template: { LIMIT_MB: ["100"] } },
  });
  const { actionId } = await backup(first);
  await expect(backup(second)).rejects.toThrow(/64 MiB may be needed, 36 MiB are free/);
  await bare.run(actionId);
  await ok(backup(second)); // only 5 MiB were really taken
});

test("quotas are set by administrators, for those who are accounted; each sees their own", async () => {
  const { datastoreId } = await scene();
  const limit = { subject: "group", subjectId: 60, datastoreId, sizeLimitMb: 500, imagesLimit: 3 } as const;
  await expect(setQuota({ core: bare.core, actor: ann }, limit)).rejects.toThrow(/Only an administrator/);
  await expect(setQuota(bare.ctx, { ...limit, subjectId: 0 })).rejects.toThrow(/not accounted/);
  await expect(setQuota(bare.ctx, { ...limit, subjectId: 999 })).rejects.toThrow(/does not exist/);
  await expect(setQuota(bare.ctx, { ...limit, datastoreId: 9999 })).rejects.toThrow(/does not exist/);
  await expect(setQuota(bare.ctx, { ...limit, sizeLimitMb: -2 })).rejects.toThrow();
  await setQuota(bare.ctx, limit);
  const seen = async (actor: Actor) =>
    (await listQuotas({ core: bare.core, actor })).filter((row) => row.datastoreId === datastoreId);
  expect(await seen(bob)).toMatchObject([
    { subject: "group", subjectName: "bobs", sizeLimitMb: 500, sizeUsedMb: 0, imagesLimit: 3 },
  ]);
  expect(await seen(ann)).toEqual([]);
  const audit = await bare.core.db.auditEntry.findFirst({ where: { what: "set-quota" }, orderBy: { id: "desc" } });
  expect(audit).toMatchObject({ object: "group", objectId: 60, userName: "oneadmin" });
});
