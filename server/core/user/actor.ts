import { createHash } from "node:crypto";
import type { Prisma } from "../../db/client";
import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { ONEADMIN_GROUP, ONEADMIN_USER } from "../../domain/user";
import { batched } from "../batch";

const OF_ACTOR = {
  id: true,
  name: true,
  gid: true,
  enabled: true,
  groups: { select: { groupId: true } },
} as const satisfies Prisma.UserSelect;

/** The actor of a user id, with the groups of now. */
export async function loadActor(db: Db, userId: number): Promise<Actor> {
  const user = await db.user.findUnique({ where: { id: userId }, select: OF_ACTOR });
  const actor = user === null ? null : actorOf(user);
  if (actor === null) throw appError("NOT_SIGNED_IN");
  return actor;
}

/** What a known session is checked with at each call: read for all who call at the same time. */
export const readAccount = batched(async (core, userIds: readonly number[]) => {
  const select = { ...OF_ACTOR, passwordHash: true };
  const users = await core.db.user.findMany({ where: { id: { in: [...userIds] } }, select });
  return new Map(
    users.map((user) => [user.id, { actor: actorOf(user), fingerprint: fingerprintOf(user.passwordHash) }] as const),
  );
});

/** Null for a user who may not sign in. */
function actorOf(user: Prisma.UserGetPayload<{ select: typeof OF_ACTOR }>): Actor | null {
  if (!user.enabled) return null;
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
  return user === null ? "" : fingerprintOf(user.passwordHash);
}

/** The same of a password hash. */
export function fingerprintOf(passwordHash: string): string {
  return createHash("sha256").update(passwordHash).digest("hex").slice(0, 16);
}
