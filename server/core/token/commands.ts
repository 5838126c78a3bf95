import { type Tx, withTx } from "../../db/tx";
import { CreateToken, MAX_TOKENS, TokenId, type TokenKind, type TokenScope } from "../../domain/access-token";
import { appError } from "../../domain/errors";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { loadActor } from "../user/actor";
import { lockUser } from "../user/admin";
import { hashSecret, newSecret, startOf } from "./secret";

const DAY_MS = 24 * 60 * 60_000;

/** A token of one's own. The secret is in this answer and nowhere else. @throws INVALID_INPUT too many, not one's group */
export async function createToken(ctx: Ctx, raw: CreateToken): Promise<{ tokenId: number; secret: string }> {
  const { kind, name, scope, days, groupId } = CreateToken.parse(raw);
  const secret = newSecret(kind);
  return await withTx(ctx.core.db, async (tx) => {
    const tokenId = await storeToken(tx, ctx, {
      userId: ctx.actor.userId,
      kind,
      name,
      scope: kind === "login" ? "admin" : scope,
      groupId,
      expiresAt: new Date(ctx.core.clock.now() + days * DAY_MS),
      secret,
    });
    return { tokenId, secret };
  });
}

/** Shortest secret that a client may bring: what is chosen by people is never as long. */
export const MIN_OWN_SECRET = 32;
const MAX_OWN_SECRET = 512;

export interface LoginRequest {
  userName: string;
  /** Empty: the server makes one. */
  secret: string;
  /** -1: never ends; 0: the token `secret` ends now. */
  seconds: number;
  /** The only group whose rights it has; null: all of the user's. */
  groupId: number | null;
}

/**
 * OpenNebula's login tokens: make one, prolong one that the client knows, or end one. One's own, or anybody's as an
 * administrator. Answers the secret, empty when it was ended.
 * @throws INVALID_INPUT, NOT_FOUND, ADMIN_ONLY
 */
export async function loginToken(ctx: Ctx, input: LoginRequest): Promise<string> {
  const user = await ctx.core.db.user.findUnique({ where: { name: input.userName }, select: { id: true } });
  if (user?.id !== ctx.actor.userId) requireAdmin(ctx.actor, "manage the tokens of other users");
  if (user === null) throw appError("NOT_FOUND", { object: "user", id: -1 });
  const known =
    input.secret === ""
      ? null
      : await ctx.core.db.accessToken.findFirst({
          where: { hash: hashSecret(input.secret), userId: user.id, kind: "login" },
        });
  if (input.seconds === 0) {
    if (known !== null) await withTx(ctx.core.db, (tx) => endToken(tx, ctx, known));
    return "";
  }
  const expiresAt = input.seconds === -1 ? null : new Date(ctx.core.clock.now() + input.seconds * 1000);
  if (known === null && input.secret !== "") refuseShort(input.secret);
  const secret = input.secret === "" ? newSecret("login") : input.secret;
  await withTx(ctx.core.db, async (tx) => {
    if (known === null) {
      const fields = { kind: "login", name: "login", scope: "admin", groupId: input.groupId, expiresAt } as const;
      await storeToken(tx, ctx, { ...fields, userId: user.id, secret });
      return;
    }
    await requireGroup(tx, ctx, user.id, input.groupId);
    await tx.accessToken.update({ where: { id: known.id }, data: { expiresAt, groupId: input.groupId } });
    await record(tx, ctx, "token-prolong", known);
  });
  return secret;
}

/** End a token at once: one's own, or anybody's as an administrator. */
export async function revokeToken(ctx: Ctx, raw: TokenId): Promise<void> {
  const { tokenId } = TokenId.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const token = await tx.accessToken.findUnique({ where: { id: tokenId } });
    const isForeign = token !== null && token.userId !== ctx.actor.userId;
    if (token === null || (isForeign && !ctx.actor.isAdmin)) {
      throw appError("NOT_FOUND", { object: "token", id: tokenId });
    }
    await endToken(tx, ctx, token);
  });
}

interface NewToken {
  userId: number;
  kind: TokenKind;
  name: string;
  scope: TokenScope;
  groupId: number | null;
  expiresAt: Date | null;
  secret: string;
}

async function storeToken(tx: Tx, ctx: Ctx, token: NewToken): Promise<number> {
  const { secret, ...fields } = token;
  await lockUser(tx, token.userId); // so that two at once do not pass the limit together
  await requireGroup(tx, ctx, token.userId, token.groupId);
  const now = new Date(ctx.core.clock.now());
  await tx.accessToken.deleteMany({ where: { userId: token.userId, expiresAt: { lt: now } } });
  const count = await tx.accessToken.count({ where: { userId: token.userId, kind: token.kind } });
  if (count >= MAX_TOKENS[token.kind]) {
    throw appError("INVALID_INPUT", {
      message: `Max number of tokens limit reached: ${MAX_TOKENS[token.kind]}. Revoke one first.`,
    });
  }
  const hash = hashSecret(secret);
  const taken = await tx.accessToken.findUnique({ where: { hash }, select: { id: true } });
  if (taken !== null) throw appError("INVALID_INPUT", { message: "This token cannot be used. Choose another." });
  const row = await tx.accessToken.create({ data: { ...fields, hash, start: startOf(secret), createdAt: now } });
  await record(tx, ctx, "token-create", row);
  return row.id;
}

/** A token of one group must not make one of all: who holds it would have more than they were given. */
async function requireGroup(tx: Tx, ctx: Ctx, userId: number, groupId: number | null): Promise<void> {
  const user = await loadActor(tx, userId).catch(() => {
    throw appError("INVALID_INPUT", { message: "The user is disabled." });
  });
  if (groupId !== null && !user.groupIds.includes(groupId)) {
    throw appError("INVALID_INPUT", { message: "EGID is not in user group list" });
  }
  if (userId !== ctx.actor.userId) return;
  const wanted = groupId === null ? user.groupIds : [groupId];
  if (wanted.some((id) => !ctx.actor.groupIds.includes(id))) {
    throw appError("INVALID_INPUT", { message: "A token of one group can only make tokens of that group." });
  }
}

function refuseShort(secret: string): void {
  if (secret.length >= MIN_OWN_SECRET && secret.length <= MAX_OWN_SECRET) return;
  throw appError("INVALID_INPUT", {
    message: `A token of your own needs ${MIN_OWN_SECRET} to ${MAX_OWN_SECRET} random characters. Send an empty one to get one made.`,
  });
}

interface StoredToken {
  id: number;
  userId: number;
  kind: string;
  name: string;
  start: string;
  scope: string;
}

async function endToken(tx: Tx, ctx: Ctx, token: StoredToken): Promise<void> {
  await tx.accessToken.deleteMany({ where: { id: token.id } });
  await record(tx, ctx, "token-revoke", token);
}

async function record(tx: Tx, ctx: Ctx, what: string, token: StoredToken): Promise<void> {
  const { kind, name, start, scope } = token;
  const data = { token: token.id, kind, name, start, scope };
  await writeAudit(tx, ctx.actor, { what, object: "user", objectId: token.userId, data });
  await appendEvent(tx, { topic: "user", objectId: token.userId, type: "tokens" });
}
