import { afterAll, beforeAll, expect, test } from "vitest";
import { exportAudit, listAudit } from "../audit-log";
import { changeQuota } from "../quota/commands";
import { type BareCore, startBareCore, USER_PASSWORD } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { loadActor, readFingerprint } from "../user/actor";
import { deleteUser, enableUser } from "../user/admin";
import { changePassword, createUser } from "../user/commands";
import { changeMembership, createGroup, deleteGroup } from "../user/groups";
import { listGroups, listUsers } from "../user/queries";
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
  const { actor } = await signIn(bare.core, {
    name: "ana",
    password: "a long password",
    address: "192.0.2.1",
    by: "browser",
  });
  expect(actor).toMatchObject({ userId, isAdmin: false, groupIds: [1] });
  expect(
    await code(createUser({ core: bare.core, actor }, { name: "eve", password: "a long password", groupId: 0 })),
  ).toBe("ADMIN_ONLY");
  expect(await code(listUsers({ core: bare.core, actor }))).toBe("ADMIN_ONLY");
  expect(await code(createUser(bare.ctx, { name: "ana", password: "a long password", groupId: 1 }))).toBe("NAME_TAKEN");
  expect(await code(createUser(bare.ctx, { name: "bob", password: "a long password", groupId: 99 }))).toBe("NOT_FOUND");
  expect((await listUsers(bare.ctx)).find((user) => user.name === "ana")).toMatchObject({
    groups: [{ id: 1, name: "users" }],
    isAdmin: false,
    owned: 0,
  });
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
  const enter = (password: string) =>
    code(signIn(bare.core, { name: "carl", password, address: "192.0.2.2", by: "browser" }));
  expect(await enter(USER_PASSWORD)).toBe("SIGN_IN_FAILED");
  expect(await enter("another long password")).toBe("ok");
  expect(
    await code(changePassword(bare.ctx, { userId: actor.userId, oldPassword: "", newPassword: "set by the admin" })),
  ).toBe("ok");
  expect(await enter("set by the admin")).toBe("ok");
});

test("users are disabled and deleted, but not oneself, not user 0, and not an owner", async () => {
  const thea = await bare.user("thea");
  const asThea = { core: bare.core, actor: thea };
  expect(await code(enableUser(asThea, { userId: thea.userId, enabled: false }))).toBe("ADMIN_ONLY");
  expect(await code(deleteUser(bare.ctx, { userId: 0 }))).toBe("INVALID_INPUT");
  expect(await code(enableUser(bare.ctx, { userId: 0, enabled: false }))).toBe("INVALID_INPUT");
  expect(await code(deleteUser(bare.ctx, { userId: 999 }))).toBe("NOT_FOUND");

  const enter = () =>
    code(signIn(bare.core, { name: "thea", password: USER_PASSWORD, address: "192.0.2.9", by: "browser" }));
  expect(await enter()).toBe("ok");
  expect(await code(enableUser(bare.ctx, { userId: thea.userId, enabled: false }))).toBe("ok");
  expect(await enter()).toBe("SIGN_IN_FAILED");
  expect(await code(loadActor(bare.core.db, thea.userId))).toBe("NOT_SIGNED_IN");
  expect(await code(enableUser(bare.ctx, { userId: thea.userId, enabled: true }))).toBe("ok");
  expect(await enter()).toBe("ok");

  const vmId = await bare.vm("thea-vm", thea);
  expect(await code(deleteUser(bare.ctx, { userId: thea.userId }))).toBe("USER_IN_USE");
  expect(await code(changeOwner(bare.ctx, { kind: "vm", id: vmId, userId: 0, groupId: null }))).toBe("ok");
  expect(await code(deleteUser(bare.ctx, { userId: thea.userId }))).toBe("ok");
  expect((await listUsers(bare.ctx)).map((user) => user.name)).not.toContain("thea");
  expect((await listGroups(bare.ctx)).flatMap((group) => group.members).map((user) => user.name)).not.toContain("thea");
});

test("groups: members join and leave, the primary group stays, only empty ones go", async () => {
  const timo = await bare.user("timo");
  const { groupId } = await createGroup(bare.ctx, { name: "operators" });
  expect(await code(createGroup(bare.ctx, { name: "operators" }))).toBe("NAME_TAKEN");
  const change = (what: "add" | "remove" | "primary", group = groupId) =>
    code(changeMembership(bare.ctx, { userId: timo.userId, groupId: group, change: what }));
  expect(await change("add")).toBe("ok");
  expect(await change("add")).toBe("ok");
  expect((await loadActor(bare.core.db, timo.userId)).groupIds).toEqual([1, groupId]);
  expect(await change("remove", 1)).toBe("INVALID_INPUT");
  expect(await change("primary")).toBe("ok");
  expect(await change("remove", 1)).toBe("ok");
  expect((await loadActor(bare.core.db, timo.userId)).groupIds).toEqual([groupId]);
  expect(await code(deleteGroup(bare.ctx, { groupId }))).toBe("GROUP_IN_USE");
  expect(await change("primary", 1)).toBe("ok");
  expect(await change("remove")).toBe("ok");
  expect(await code(deleteGroup(bare.ctx, { groupId }))).toBe("ok");
  expect(await code(deleteGroup(bare.ctx, { groupId: 1 }))).toBe("INVALID_INPUT");
  expect(await code(deleteGroup({ core: bare.core, actor: timo }, { groupId: 0 }))).toBe("ADMIN_ONLY");
});

test("the audit log: all of it for administrators, their own for others, as a page and as CSV", async () => {
  const ulla = await bare.user("ulla");
  const asUlla = { core: bare.core, actor: ulla };
  const vmId = await bare.vm("ulla-vm", ulla);
  expect(await code(changePermissions(asUlla, { kind: "vm", id: vmId, permissions: 0o640 }))).toBe("ok");
  const own = await listAudit(asUlla, { offset: 0, limit: 50 });
  expect(own.rows.map((row) => row.what)).toEqual(["chmod"]);
  expect(own.rows[0]).toMatchObject({ object: "vm", objectId: vmId, userName: "ulla" });
  expect((await listAudit(asUlla, { offset: 0, limit: 50, userId: 0 })).total).toBe(0);
  const all = await listAudit(bare.ctx, { offset: 0, limit: 2, search: "USER-" });
  expect(all.rows).toHaveLength(2);
  expect(all.total).toBeGreaterThan(2);
  const { csv, isComplete } = await exportAudit(bare.ctx, { object: "vm", objectId: vmId });
  expect(isComplete).toBe(true);
  expect(csv.split("\n")[0]).toBe("time,user id,user,what,object,object id,result,details");
  expect(csv).toContain("chmod");
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
