import { createHash, randomBytes } from "node:crypto";
import type { Core } from "../../core/core";
import { findTokenHolder } from "../../core/token/check";
import { readAccount, readFingerprint } from "../../core/user/actor";
import { signIn } from "../../core/user/sign-in";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { RpcValue } from "./codec";

const KNOWN_MS = 60_000;
const MAX_KNOWN = 1_000;
const MAX_SESSION = 1_024;

/** Hashing a password is slow on purpose, and a client sends it with every call: what was right stays known a minute. */
const known = new Map<string, { userId: number; fingerprint: string; until: number }>();
const KEY = randomBytes(32);

/**
 * The user of a session string `user:password` or `user:login token`, split at the first colon. A changed password, a
 * revoked token or a disabled user is noticed at once: each call asks the database. A right token is never slowed down by
 * what others guess: it has 256 random bits.
 * @throws an authentication error
 */
export async function sessionUser(core: Core, session: RpcValue | undefined, address: string): Promise<Actor> {
  if (typeof session !== "string" || session.length > MAX_SESSION) throw appError("NOT_SIGNED_IN");
  const colon = session.indexOf(":");
  if (colon < 1) throw appError("NOT_SIGNED_IN");
  const key = createHash("sha256").update(KEY).update(session).digest("base64");
  const now = core.clock.monotonicMs();
  const entry = known.get(key);
  if (entry !== undefined && entry.until > now) {
    const account = await readAccount(core, entry.userId);
    if (account?.fingerprint === entry.fingerprint) {
      if (account.actor === null) throw appError("NOT_SIGNED_IN");
      return account.actor;
    }
  }
  known.delete(key);
  const [name, secret] = [session.slice(0, colon), session.slice(colon + 1)];
  const holder = await findTokenHolder(core, { kind: "login", secret, userName: name });
  if (holder !== null) return holder.actor;
  const actor = await signIn(core, { name, password: secret, address });
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
  known.set(key, {
    userId: actor.userId,
    fingerprint: await readFingerprint(core.db, actor.userId),
    until: now + KNOWN_MS,
  });
  return actor;
}
