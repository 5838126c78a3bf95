import type { TokenKind, TokenScope } from "../../domain/access-token";
import { TOKEN_SCOPES } from "../../domain/access-token";
import type { Actor } from "../../domain/actor";
import { AppError } from "../../domain/errors";
import { ONEADMIN_GROUP, ONEADMIN_USER } from "../../domain/user";
import type { Core } from "../core";
import { loadActor } from "../user/actor";
import { hashSecret } from "./secret";

/** Last use is a hint for people: written once a minute at most. */
const USED_MS = 60_000;

export interface TokenHolder {
  tokenId: number;
  actor: Actor;
  scope: TokenScope;
}

/**
 * Who holds this secret, or null: unknown, ended, of a disabled user, or of a group that the user has left. Looked up by
 * the hash, so that no comparison tells how much of a guess was right. `userName` binds a login token to the name it was
 * sent with.
 */
export async function findTokenHolder(
  core: Core,
  query: { kind: TokenKind; secret: string; userName?: string },
): Promise<TokenHolder | null> {
  const now = core.clock.now();
  const token = await core.db.accessToken.findUnique({
    where: { hash: hashSecret(query.secret) },
    include: { user: { select: { name: true } } },
  });
  if (token === null || token.kind !== query.kind) return null;
  if (token.expiresAt !== null && token.expiresAt.getTime() <= now) return null;
  if (query.userName !== undefined && token.user.name !== query.userName) return null;
  const scope = TOKEN_SCOPES.find((one) => one === token.scope);
  if (scope === undefined) return null;
  const actor = await enabledActor(core, token.userId);
  if (actor === null) return null;
  const limited = limitToGroup(actor, token.groupId);
  if (limited === null) return null;
  if (token.lastUsedAt === null || token.lastUsedAt.getTime() < now - USED_MS) {
    await core.db.accessToken.updateMany({ where: { id: token.id }, data: { lastUsedAt: new Date(now) } });
  }
  return { tokenId: token.id, actor: limited, scope };
}

async function enabledActor(core: Core, userId: number): Promise<Actor | null> {
  try {
    return await loadActor(core.db, userId);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** The effective group of a token is the actor's only one; user 0 stays an administrator, as in the reference. */
function limitToGroup(actor: Actor, groupId: number | null): Actor | null {
  if (groupId === null) return actor;
  if (!actor.groupIds.includes(groupId)) return null;
  const isAdmin = actor.userId === ONEADMIN_USER || groupId === ONEADMIN_GROUP;
  return { ...actor, groupIds: [groupId], isAdmin };
}
