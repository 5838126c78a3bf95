import { afterAll, beforeAll, expect, test } from "vitest";
import { changeQuota } from "../quota/commands";
import { type BareCore, startBareCore, USER_PASSWORD } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { readFingerprint } from "../user/actor";
import { changePassword, createUser, listUsers } from "../user/commands";
import { signIn } from "../user/sign-in";
import { changeOwner, changePermissions } from "./commands";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error) => error.code as string,
  );

test("an administrator creates users; they sign in, and cannot create others", async () => {
  const { userId } = await createUser(bare.ctx, { name: "ana", password: "a long password", groupId: 1 });
  const actor = await signIn(bare.core, { name: "ana", password: "a long password", address: "192.0.2.1" });
  expect(actor).toMatchObject({ userId, isAdmin: false, groupIds: [1] });
  expect(
    await code(createUser({ core: bare.core, actor }, { name: "eve", password: "a long password", groupId: 0 })),
  ).toBe("ADMIN_ONLY");
  expect(await code(listUsers({ core: bare.core, actor }))).toBe("ADMIN_ONLY");
  expect(await code(createUser(bare.ctx, { name: "ana", password: "a long password", groupId: 1 }))).toBe("NAME_TAKEN");
  expect(await code(createUser(bare.ctx, { name: "bob", password: "a long password", groupId: 99 }))).toBe("NOT_FOUND");
  expect((await listUsers(bare.ctx)).find((user) => user.name === "ana")).toMatchObject({ groupNames: ["users"] });
});

test("one's own password needs the old one, another's an administrator; old sessions end", async () => {
  const actor = await bare.user("carl");
  const ctx = { core: bare.core, actor };
  const before = await readFingerprint(bare.core.db, actor.userId);
  const change = (oldPassword: string, userId = actor.userId) =>
    code(changePassword(ctx, { userId, oldPassword, newPassword: "another long password" }));
  expect(await change("wrong")).toBe("INVALID_INPUT");
  expect(await change(USER_PASSWORD, 0)).toBe("ADMIN_ONLY");
  expect(await readFingerprint(bare.core.db, actor.userId)).toBe(before);
  expect(await change(USER_PASSWORD)).toBe("ok");
  expect(await readFingerprint(bare.core.db, actor.userId)).not.toBe(before);
  const enter = (password: string) => code(signIn(bare.core, { name: "carl", password, address: "192.0.2.2" }));
  expect(await enter(USER_PASSWORD)).toBe("SIGN_IN_FAILED");
  expect(await enter("another long password")).toBe("ok");
  expect(
    await code(changePassword(bare.ctx, { userId: actor.userId, oldPassword: "", newPassword: "set by the admin" })),
  ).toBe("ok");
  expect(await enter("set by the admin")).toBe("ok");
});

test("permission bits: MANAGE changes them, admin bits need ADMIN, strangers change nothing", async () => {
  const owner = await bare.user("dora");
  const stranger = await bare.user("emil");
  const vmId = await bare.vm("dora-vm", owner);
  const as = (actor: typeof owner, permissions: number) =>
    code(changePermissions({ core: bare.core, actor }, { kind: "vm", id: vmId, permissions }));
  expect(await as(stranger, 0o666)).toBe("NOT_AUTHORIZED");
  expect(await as(owner, 0o640)).toBe("ok");
  expect(await as(owner, 0o740)).toBe("NOT_AUTHORIZED");
  expect(await code(changePermissions(bare.ctx, { kind: "vm", id: vmId, permissions: 0o740 }))).toBe("ok");
  expect((await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).permissions).toBe(0o740);
  expect(await bare.core.db.auditEntry.count({ where: { what: "chmod", objectId: vmId } })).toBe(2);
});

test("an owner cannot push an object onto somebody else; an administrator can, to users that exist", async () => {
  const owner = await bare.user("fay");
  const other = await bare.user("gil");
  const vmId = await bare.vm("fay-vm", owner);
  const give = (ctx: Parameters<typeof changeOwner>[0], userId: number) =>
    code(changeOwner(ctx, { kind: "vm", id: vmId, userId, groupId: null }));
  expect(await give({ core: bare.core, actor: owner }, other.userId)).toBe("ADMIN_ONLY");
  expect(await give(bare.ctx, 9999)).toBe("NOT_FOUND");
  expect(await give(bare.ctx, other.userId)).toBe("ok");
  expect(await give({ core: bare.core, actor: owner }, owner.userId)).toBe("NOT_AUTHORIZED");
});

test("an image takes its quota use along to the new owner and group, or stays when there is no room", async () => {
  const { db } = bare.core;
  await db.group.create({ data: { id: 60, name: "team" } });
  const [owner, heir] = [await bare.user("hal"), await bare.user("ida", 60)];
  const datastoreId = await bare.datastore("quota");
  await storeBackup(db, { id: 601, vmId: 1, datastoreId, uid: owner.userId, gid: 1, sizeMb: 70 }, [{}]);
  await changeQuota(db, { uid: owner.userId, gid: 1 }, datastoreId, { sizeMb: 100, images: 2 });
  const used = async () => {
    const rows = await db.datastoreQuota.findMany({ where: { datastoreId } });
    const find = (subject: string, id: number) =>
      rows.find((row) => row.subject === subject && row.subjectId === id) ?? { sizeUsedMb: 0, imagesUsed: 0 };
    return [find("user", owner.userId), find("user", heir.userId), find("group", 1), find("group", 60)].map((row) => [
      row.sizeUsedMb,
      row.imagesUsed,
    ]);
  };
  const limitGroup = (sizeLimitMb: number, subjectId: number) =>
    db.datastoreQuota.upsert({
      where: { subject_subjectId_datastoreId: { subject: "group", subjectId, datastoreId } },
      create: { subject: "group", subjectId, datastoreId, sizeLimitMb },
      update: { sizeLimitMb },
    });
  const give = (userId: number | null, groupId: number | null) =>
    code(changeOwner(bare.ctx, { kind: "image", id: 601, userId, groupId }));

  // The group stays, so that it is over its limit already is no reason to refuse.
  await limitGroup(50, 1);
  expect(await give(heir.userId, null)).toBe("ok");
  expect(await used()).toEqual([
    [30, 1],
    [70, 1],
    [100, 2],
    [0, 0],
  ]);

  await limitGroup(69, 60);
  expect(await give(owner.userId, 60)).toBe("QUOTA_EXCEEDED");
  expect(await used()).toEqual([
    [30, 1],
    [70, 1],
    [100, 2],
    [0, 0],
  ]);
  expect((await db.image.findUniqueOrThrow({ where: { id: 601 } })).uid).toBe(heir.userId);

  await limitGroup(70, 60);
  expect(await give(owner.userId, 60)).toBe("ok");
  expect(await used()).toEqual([
    [100, 2],
    [0, 0],
    [30, 1],
    [70, 1],
  ]);
  expect(await give(0, 0)).toBe("ok");
  expect(await used()).toEqual([
    [30, 1],
    [0, 0],
    [30, 1],
    [0, 0],
  ]);
});
