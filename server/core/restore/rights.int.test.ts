/** Who may see a restore's plan, who may start it, whose the result is, and what the audit log keeps of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../../domain/actor";
import { RestoreRequest } from "../../domain/restore";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { getInPlacePlan, requestInPlaceRestore } from "./in-place/request";
import { getRestorePlan } from "./queries";
import { requestRestore } from "./request";

let bare: BareCore;
let owner: Actor;
let colleague: Actor;
let vmId: number;
let imageId: number;

beforeAll(async () => {
  bare = await startBareCore();
  owner = await bare.user("owner");
  colleague = await bare.user("colleague");
  const datastoreId = await bare.datastore("repository");
  vmId = await bare.vm("web", owner);
  await bare.run((await requestBackup(bare.ctx, { vmId, datastoreId, reset: false })).actionId);
  imageId = (await bare.core.db.image.findFirstOrThrow({ where: { vmId } })).id;
});
afterAll(() => bare.close());

const as = (actor: Actor): Ctx => ({ core: bare.core, actor });
const share = async (permissions: { vm: number; backup: number; images: number }) => {
  const { db } = bare.core;
  const theirs = { uid: owner.userId, gid: owner.groupIds[0] ?? 1 };
  await db.vm.update({ where: { id: vmId }, data: { permissions: permissions.vm } });
  await db.image.update({ where: { id: imageId }, data: { ...theirs, permissions: permissions.backup } });
  await db.datastore.update({ where: { id: 1 }, data: { permissions: permissions.images } });
};
const asNew = () => RestoreRequest.parse({ imageId, incrementId: 0, datastoreId: 1, name: "copy" });
const inPlace = () => ({ vmId, imageId, incrementId: 0, safetyPoint: false });
const restores = () => bare.core.db.action.count({ where: { kind: { startsWith: "restore" } } });

test("who may only look sees the plan and starts nothing", async () => {
  await share({ vm: 0o640, backup: 0o640, images: 0o600 });
  const plan = await getRestorePlan(as(colleague), asNew());
  expect(plan).toMatchObject({ vmId, incrementId: 0, isRunnable: false });
  expect(plan.checks.find((check) => check.id === "permissions")?.level).toBe("error");
  await expect(requestRestore(as(colleague), asNew())).rejects.toMatchObject({ code: "RESTORE_CONFLICT" });
  expect((await getInPlacePlan(as(colleague), inPlace())).isRunnable).toBe(false);
  await expect(requestInPlaceRestore(as(colleague), inPlace())).rejects.toMatchObject({ code: "RESTORE_CONFLICT" });
  expect(await restores()).toBe(0);
});

test("who may manage a machine but not administer it cannot overwrite its disks", async () => {
  await share({ vm: 0o660, backup: 0o660, images: 0o644 });
  const { isRunnable, checks } = await getInPlacePlan(as(colleague), inPlace());
  expect(isRunnable).toBe(false);
  expect(checks.filter((check) => check.level === "error").map((check) => check.text)).toEqual([
    expect.stringContaining("ADMIN"),
  ]);
  await expect(requestInPlaceRestore(as(colleague), inPlace())).rejects.toMatchObject({ code: "RESTORE_CONFLICT" });
  expect(await restores()).toBe(0);
  expect((await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).state).toBe("POWEROFF");
});

test("what a user restores is theirs, and the audit log names the run, the point and the user", async () => {
  await share({ vm: 0o600, backup: 0o600, images: 0o644 });
  await expect(getRestorePlan(as(colleague), asNew())).rejects.toMatchObject({ code: "NOT_AUTHORIZED" });
  const { actionId } = await requestRestore(as(owner), asNew());
  const made = await bare.core.db.image.findMany({ where: { type: { not: "BACKUP" } } });
  expect(made).toEqual([expect.objectContaining({ uid: owner.userId, gid: owner.groupIds[0], state: "LOCKED" })]);
  const entries = await bare.core.db.auditEntry.findMany({ where: { object: "action", objectId: actionId } });
  expect(entries).toEqual([
    expect.objectContaining({
      what: "restore",
      userName: "owner",
      result: "accepted",
      data: { vmId, imageId, datastoreId: 1, incrementId: 0 },
    }),
  ]);
});
