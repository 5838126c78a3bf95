import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { ChangeMembership, CreateGroup, GroupId, ONEADMIN_GROUP, ONEADMIN_USER, USERS_GROUP } from "../../domain/user";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { lockUser } from "./admin";
import { countOwned } from "./queries";

/** A new group without members. */
export async function createGroup(ctx: Ctx, raw: CreateGroup): Promise<{ groupId: number }> {
  requireAdmin(ctx.actor, "create groups");
  const { name } = CreateGroup.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const taken = await tx.group.findUnique({ where: { name }, select: { id: true } });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "group", name });
    const id = await nextId(tx, "group");
    await tx.group.create({ data: { id, name } });
    await writeAudit(tx, ctx.actor, { what: "group-create", object: "group", objectId: id, data: { name } });
    await appendEvent(tx, { topic: "user", objectId: -1, type: "group" });
    return { groupId: id };
  });
}

/** Delete a group without members and objects, with its quotas. @throws GROUP_IN_USE */
export async function deleteGroup(ctx: Ctx, raw: GroupId): Promise<void> {
  requireAdmin(ctx.actor, "delete groups");
  const { groupId } = GroupId.parse(raw);
  if (groupId === ONEADMIN_GROUP || groupId === USERS_GROUP) {
    throw appError("INVALID_INPUT", { message: "The groups oneadmin and users always exist." });
  }
  await withTx(ctx.core.db, async (tx) => {
    const { name } = await lockGroup(tx, groupId);
    const members = await tx.membership.count({ where: { groupId } });
    const objects = (await countOwned(tx, "gid", groupId)).get(groupId) ?? 0;
    if (members + objects > 0) throw appError("GROUP_IN_USE", { name, members, objects });
    await tx.datastoreQuota.deleteMany({ where: { subject: "group", subjectId: groupId } });
    await tx.group.delete({ where: { id: groupId } });
    await writeAudit(tx, ctx.actor, { what: "group-delete", object: "group", objectId: groupId, data: { name } });
    await appendEvent(tx, { topic: "user", objectId: -1, type: "group" });
  });
}

/**
 * Add a user to a group, take them out, or make it their primary group. The primary group cannot be left before another
 * is chosen; user 0 stays an administrator.
 */
export async function changeMembership(ctx: Ctx, raw: ChangeMembership): Promise<void> {
  requireAdmin(ctx.actor, "say who is in a group");
  const { userId, groupId, change } = ChangeMembership.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const user = await lockUser(tx, userId);
    const group = await lockGroup(tx, groupId);
    if (change === "remove") {
      refuseLeaving(ctx, { userId, groupId, ...user });
      await tx.membership.deleteMany({ where: { userId, groupId } });
    } else {
      const key = { userId, groupId };
      await tx.membership.upsert({ where: { userId_groupId: key }, create: key, update: {} });
      if (change === "primary") await tx.user.update({ where: { id: userId }, data: { gid: groupId } });
    }
    const data = { groupId, group: group.name };
    await writeAudit(tx, ctx.actor, { what: `group-${change}`, object: "user", objectId: userId, data });
    await appendEvent(tx, { topic: "user", objectId: userId, type: "access" });
  });
}

function refuseLeaving(ctx: Ctx, member: { userId: number; groupId: number; name: string; gid: number }): void {
  const { userId, groupId, name, gid } = member;
  const message =
    gid === groupId
      ? `It is the primary group of ${name}. Choose another primary group first.`
      : groupId === ONEADMIN_GROUP && userId === ONEADMIN_USER
        ? "User 0 is always an administrator."
        : groupId === ONEADMIN_GROUP && userId === ctx.actor.userId
          ? "You cannot take away your own administrator rights. Ask another administrator."
          : null;
  if (message !== null) throw appError("INVALID_INPUT", { message });
}

async function lockGroup(tx: Tx, groupId: number): Promise<{ name: string }> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT "name" FROM "Group" WHERE "id" = ${groupId} FOR UPDATE`;
  if (rows[0] === undefined) throw appError("NOT_FOUND", { object: "group", id: groupId });
  return rows[0];
}
