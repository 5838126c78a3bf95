import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../testing/bare-core";
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
