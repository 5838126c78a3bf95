import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { ChangePassword, CreateUser } from "../../domain/user";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { hashPassword, isPasswordRight } from "./password";

/** A new user in a group. Only administrators. */
export async function createUser(ctx: Ctx, raw: CreateUser): Promise<{ userId: number }> {
  requireAdmin(ctx.actor, "create users");
  const input = CreateUser.parse(raw);
  const passwordHash = await hashPassword(input.password);
  return await withTx(ctx.core.db, async (tx) => {
    const group = await tx.group.findUnique({ where: { id: input.groupId }, select: { id: true } });
    if (group === null) throw appError("NOT_FOUND", { object: "group", id: input.groupId });
    const taken = await tx.user.findUnique({ where: { name: input.name }, select: { id: true } });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "user", name: input.name });
    const id = await nextId(tx, "user");
    await tx.user.create({ data: { id, name: input.name, passwordHash, gid: input.groupId } });
    await tx.membership.create({ data: { userId: id, groupId: input.groupId } });
    await writeAudit(tx, ctx.actor, { what: "user-create", object: "user", objectId: id, data: { name: input.name } });
    await appendEvent(tx, { topic: "user", objectId: id, type: "created" });
    return { userId: id };
  });
}

/**
 * Set a password: one's own with the old one, anybody's as an administrator. Sessions made with the old password end,
 * because they carry its fingerprint, and so do login tokens, which stand for it. API tokens stay: each is revoked by
 * itself.
 */
export async function changePassword(ctx: Ctx, raw: ChangePassword): Promise<void> {
  const input = ChangePassword.parse(raw);
  const isOwn = input.userId === ctx.actor.userId;
  if (!isOwn) requireAdmin(ctx.actor, "change the password of another user");
  const user = await ctx.core.db.user.findUnique({ where: { id: input.userId } });
  if (user === null) throw appError("NOT_FOUND", { object: "user", id: input.userId });
  if (isOwn && !(await isPasswordRight(input.oldPassword, user.passwordHash))) {
    throw appError("INVALID_INPUT", { message: "The present password is not right." });
  }
  const passwordHash = await hashPassword(input.newPassword);
  await withTx(ctx.core.db, async (tx) => {
    // Compare-and-set: of two changes at once the second was checked against a password that is gone.
    const { count } = await tx.user.updateMany({
      where: { id: user.id, passwordHash: user.passwordHash },
      data: { passwordHash },
    });
    if (count !== 1) throw appError("INVALID_INPUT", { message: "The password was changed meanwhile. Try again." });
    await tx.accessToken.deleteMany({ where: { userId: user.id, kind: "login" } });
    await writeAudit(tx, ctx.actor, { what: "user-password", object: "user", objectId: user.id });
  });
}
