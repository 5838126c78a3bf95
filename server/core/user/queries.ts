import type { Db } from "../../db/tx";
import { type GroupRow, ONEADMIN_GROUP, ONEADMIN_USER, type OwnerChoices, type UserRow } from "../../domain/user";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";

const NAMED = { id: true, name: true } as const;

/** All users, for administrators. */
export async function listUsers(ctx: Ctx): Promise<UserRow[]> {
  requireAdmin(ctx.actor, "list users");
  const { db } = ctx.core;
  const rows = await db.user.findMany({
    orderBy: { id: "asc" },
    select: { ...NAMED, gid: true, enabled: true, createdAt: true, groups: { select: { group: { select: NAMED } } } },
  });
  const owned = await countOwned(db, "uid");
  return rows.map(({ groups, gid, createdAt, ...row }) => {
    const all = groups.map(({ group }) => group);
    return {
      ...row,
      createdAt: createdAt.getTime(),
      groups: [...all.filter((group) => group.id === gid), ...all.filter((group) => group.id !== gid)],
      isAdmin: row.id === ONEADMIN_USER || gid === ONEADMIN_GROUP || all.some((group) => group.id === ONEADMIN_GROUP),
      owned: owned.get(row.id) ?? 0,
    };
  });
}

/** All groups with their members, for administrators. */
export async function listGroups(ctx: Ctx): Promise<GroupRow[]> {
  requireAdmin(ctx.actor, "list groups");
  const { db } = ctx.core;
  const rows = await db.group.findMany({
    orderBy: { id: "asc" },
    select: { ...NAMED, members: { select: { user: { select: NAMED } }, orderBy: { userId: "asc" } } },
  });
  const owned = await countOwned(db, "gid");
  return rows.map(({ members, ...row }) => ({
    ...row,
    members: members.map(({ user }) => user),
    owned: owned.get(row.id) ?? 0,
  }));
}

/** Users and groups that the actor may give an object to: an administrator all, others themselves and their groups. */
export async function ownerChoices(ctx: Ctx): Promise<OwnerChoices> {
  const { userId, groupIds, isAdmin } = ctx.actor;
  const [users, groups] = await Promise.all([
    ctx.core.db.user.findMany({ where: isAdmin ? {} : { id: userId }, select: NAMED, orderBy: { name: "asc" } }),
    ctx.core.db.group.findMany({
      where: isAdmin ? {} : { id: { in: groupIds } },
      select: NAMED,
      orderBy: { name: "asc" },
    }),
  ]);
  return { users, groups };
}

/** How many objects each owner or group has: six queries, whatever their number. Ended VMs do not count. */
export async function countOwned(db: Db, by: "uid" | "gid", id?: number): Promise<Map<number, number>> {
  const where = id === undefined ? {} : by === "uid" ? { uid: id } : { gid: id };
  const count = { _count: { _all: true } } as const;
  // One after the other: `db` may be a transaction, which is one connection.
  const counted = [
    await db.vm.groupBy({ by: [by], where: { ...where, state: { not: "DONE" } }, ...count }),
    await db.image.groupBy({ by: [by], where, ...count }),
    await db.datastore.groupBy({ by: [by], where, ...count }),
    await db.vmTemplate.groupBy({ by: [by], where, ...count }),
    await db.virtualNetwork.groupBy({ by: [by], where, ...count }),
    await db.backupJob.groupBy({ by: [by], where, ...count }),
  ].flat();
  const sums = new Map<number, number>();
  for (const row of counted) sums.set(row[by], (sums.get(row[by]) ?? 0) + row._count._all);
  return sums;
}
