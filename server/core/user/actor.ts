import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";

export const ONEADMIN_GROUP = 0;

/** The actor of a user id, with the groups of now. */
export async function loadActor(db: Db, userId: number): Promise<Actor> {
  const user = await db.user.findUnique({
    where: { id: userId },
    select: { id: true, name: true, gid: true, enabled: true, groups: { select: { groupId: true } } },
  });
  if (user === null || !user.enabled) throw appError("NOT_SIGNED_IN");
  const groupIds = [...new Set([user.gid, ...user.groups.map((group) => group.groupId)])];
  return {
    userId: user.id,
    name: user.name,
    groupIds,
    isAdmin: user.id === 0 || groupIds.includes(ONEADMIN_GROUP),
  };
}
