import { createHash, randomBytes } from "node:crypto";
import type { Core } from "../../core/core";
import { findTokenHolder } from "../../core/token/check";
import { readAccount } from "../../core/user/actor";
import { signIn } from "../../core/user/sign-in";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { RpcValue } from "./codec";

const KNOWN_MS = 60_000;
const MAX_KNOWN = 1_000;
const MAX_SESSION = 1_024;

interface Known {
  userId: number;
  fingerprint: string;
}

/** Hashing a password is slow on purpose, and a client sends it with every call: what was right stays known a minute. */
const known = new Map<string, Known & { until: number }>();
/** Sign-ins under way: a client that opens fifty connections at once is one that signs in, not fifty that guess. */
const entering = new Map<string, Promise<Known>>();
const KEY = randomBytes(32);

/**
 * The user of a session string `user:password` or `user:login token`, split at the first colon. A changed password, a
 * revoked token or a disabled user is noticed at once: each call asks the database, after it has arrived. A right token is
 * never slowed down by what others guess: it has 256 random bits.
 * @throws an authentication error
 */
export async function sessionUser(core: Core, session: RpcValue | undefined, address: string): Promise<Actor> {
  if (typeof session !== "string" || session.length > MAX_SESSION) throw appError("NOT_SIGNED_IN");
  const colon = session.indexOf(":");
  if (colon < 1) throw appError("NOT_SIGNED_IN");
  const key = createHash("sha256").update(KEY).update(session).digest("base64");
  const entry = known.get(key);
  if (entry !== undefined && entry.until > core.clock.monotonicMs()) {
    const actor = await actorOf(core, entry);
    if (actor !== null) return actor;
    known.delete(key);
  }
  const [name, secret] = [session.slice(0, colon), session.slice(colon + 1)];
  const holder = await findTokenHolder(core, { kind: "login", secret, userName: name });
  if (holder !== null) return holder.actor;
  const place = `${key} ${address}`;
  const enter = entering.get(place) ?? signInOnce(core, key, { name, password: secret, address });
  entering.set(place, enter);
  try {
    const actor = await actorOf(core, await enter);
    if (actor === null) throw appError("NOT_SIGNED_IN");
    return actor;
  } finally {
    entering.delete(place);
  }
}

/** Null when the password is another one by now, or the user is gone or disabled. */
async function actorOf(core: Core, { userId, fingerprint }: Known): Promise<Actor | null> {
  const account = await readAccount(core, userId);
  return account?.fingerprint === fingerprint ? account.actor : null;
}

async function signInOnce(
  core: Core,
  key: string,
  input: { name: string; password: string; address: string },
): Promise<Known> {
  const { actor, fingerprint } = await signIn(core, { ...input, by: "program" });
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
  const entry = { userId: actor.userId, fingerprint };
  known.set(key, { ...entry, until: core.clock.monotonicMs() + KNOWN_MS });
  return entry;
}
