import { createHash } from "node:crypto";
import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { ONEADMIN_GROUP, ONEADMIN_USER } from "../../domain/user";

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
    isAdmin: user.id === ONEADMIN_USER || groupIds.includes(ONEADMIN_GROUP),
  };
}

/**
 * A short mark of the user's present password, kept in sessions: a session of an older password is no longer valid.
 * Empty for an unknown user. It is a hash of a salted hash and tells nothing of the password.
 */
export async function readFingerprint(db: Db, userId: number): Promise<string> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { passwordHash: true } });
  return user === null ? "" : createHash("sha256").update(user.passwordHash).digest("hex").slice(0, 16);
}
