import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { EnableUser, ONEADMIN_USER, UserId } from "../../domain/user";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { countOwned } from "./queries";

/**
 * Let a user sign in, or no longer. A disabled user's sessions end with their next call, and what they asked for but has
 * not begun is refused when its turn comes. The first administrator and oneself cannot be disabled.
 */
export async function enableUser(ctx: Ctx, raw: EnableUser): Promise<void> {
  requireAdmin(ctx.actor, "enable and disable users");
  const { userId, enabled } = EnableUser.parse(raw);
  if (!enabled) refuseOneself(ctx, userId, "disabled");
  await withTx(ctx.core.db, async (tx) => {
    await lockUser(tx, userId);
    await tx.user.update({ where: { id: userId }, data: { enabled } });
    const what = enabled ? "user-enable" : "user-disable";
    await writeAudit(tx, ctx.actor, { what, object: "user", objectId: userId });
    await appendEvent(tx, { topic: "user", objectId: userId, type: "access" });
  });
}

/** Delete a user who owns nothing, with their quotas. @throws USER_IN_USE */
export async function deleteUser(ctx: Ctx, raw: UserId): Promise<void> {
  requireAdmin(ctx.actor, "delete users");
  const { userId } = UserId.parse(raw);
  refuseOneself(ctx, userId, "deleted");
  await withTx(ctx.core.db, async (tx) => {
    const { name } = await lockUser(tx, userId);
    const owned = (await countOwned(tx, "uid", userId)).get(userId) ?? 0;
    if (owned > 0) throw appError("USER_IN_USE", { name, objects: owned });
    await tx.datastoreQuota.deleteMany({ where: { subject: "user", subjectId: userId } });
    await tx.user.delete({ where: { id: userId } });
    await writeAudit(tx, ctx.actor, { what: "user-delete", object: "user", objectId: userId, data: { name } });
    await appendEvent(tx, { topic: "user", objectId: userId, type: "deleted" });
  });
}

function refuseOneself(ctx: Ctx, userId: number, verb: string): void {
  if (userId === ONEADMIN_USER) {
    throw appError("INVALID_INPUT", { message: `User 0, the first administrator, cannot be ${verb}.` });
  }
  if (userId === ctx.actor.userId) {
    throw appError("INVALID_INPUT", { message: `You cannot be ${verb} by yourself. Ask another administrator.` });
  }
}

/** Hold the row of a user to the end of the transaction. @throws NOT_FOUND */
export async function lockUser(tx: Tx, userId: number): Promise<{ name: string; gid: number }> {
  const rows = await tx.$queryRaw<{ name: string; gid: number }[]>`
    SELECT "name", "gid" FROM "User" WHERE "id" = ${userId} FOR UPDATE`;
  if (rows[0] === undefined) throw appError("NOT_FOUND", { object: "user", id: userId });
  return rows[0];
}
