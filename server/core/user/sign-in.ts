import type { PrismaClient } from "../../db/client";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { writeAudit } from "../audit";
import type { Core } from "../core";
import { fingerprintOf, loadActor } from "./actor";
import { isPasswordRight } from "./password";

interface Limit {
  /** What is counted. */
  key: string;
  /** Failures without a wait. */
  free: number;
  /** Longest wait. */
  maxSeconds: number;
}

/**
 * Someone who guesses waits soon and long. An account alone is slowed down late and by a minute at most: otherwise
 * anybody could keep its owner out, at 03:00, by typing wrong passwords.
 */
function limitsOf(name: string, address: string): Limit[] {
  const [user, from] = [name.slice(0, 128), address.slice(0, 64)];
  return [
    { key: `pair:${from} ${user}`, free: 5, maxSeconds: 15 * 60 },
    limitOfAddress(address),
    { key: `user:${user}`, free: 50, maxSeconds: 60 },
  ];
}

function limitOfAddress(address: string): Limit {
  return { key: `address:${address.slice(0, 64)}`, free: 20, maxSeconds: 15 * 60 };
}

/** 2^20 s is far beyond the longest block; the exponent is capped so that it cannot overflow. */
const MAX_EXPONENT = 20;
const FORGET_MS = 60 * 60_000;

interface SignedIn {
  actor: Actor;
  /** Of the password that was right: a session of it ends when the password is changed, even in this very moment. */
  fingerprint: string;
}

/**
 * Check a name and password. After five failures of one account from one address both must wait: 1, 2, 4 … seconds, at
 * most 15 minutes. A right password while blocked is refused as well, so that guessing learns nothing.
 *
 * The try is counted before the password is looked at, in one statement: a hundred guesses sent at once are a hundred
 * tries, not one. Being right takes the count back. Failures, the waits they begin, and sign-ins of browsers are in the audit
 * log; programs sign in with every call.
 * @throws AppError SIGN_IN_FAILED, TOO_MANY_ATTEMPTS
 */
export async function signIn(
  core: Core,
  input: { name: string; password: string; address: string; by: "browser" | "program" },
): Promise<SignedIn> {
  const limits = limitsOf(input.name, input.address);
  const now = core.clock.now();
  const waitSeconds = await countTries(core, limits);

  const user = await core.db.user.findUnique({ where: { name: input.name } });
  const isRight = await isPasswordRight(input.password, user?.enabled === true ? user.passwordHash : null);
  const about = {
    object: "user",
    objectId: user?.id ?? -1,
    data: { address: input.address.slice(0, 64), by: input.by },
  };
  if (!isRight || user === null) {
    // A name that nobody has may be a password in the wrong field.
    const someone = { userId: user?.id ?? -1, name: user?.name ?? "unknown", groupIds: [], isAdmin: false };
    await writeAudit(core.db, someone, { ...about, what: "sign-in", result: "refused" });
    if (waitSeconds > 0) {
      const data = { ...about.data, seconds: waitSeconds };
      await writeAudit(core.db, someone, { ...about, what: "sign-in-blocked", data });
    }
    throw appError("SIGN_IN_FAILED");
  }
  await core.db.signInAttempt.deleteMany({
    where: {
      OR: [{ key: { in: limits.map((limit) => limit.key) } }, { blockedTo: { lt: new Date(now - FORGET_MS) } }],
    },
  });
  const actor = await loadActor(core.db, user.id);
  if (input.by === "browser") await writeAudit(core.db, actor, { ...about, what: "sign-in" });
  return { actor, fingerprint: fingerprintOf(user.passwordHash) };
}

/**
 * A token that nobody has was sent: its address counts as guessing, together with its wrong passwords.
 * @throws AppError TOO_MANY_ATTEMPTS, NOT_SIGNED_IN
 */
export async function refuseUnknownToken(core: Core, address: string): Promise<never> {
  const seconds = await countTries(core, [limitOfAddress(address)]);
  if (seconds > 0) {
    const data = { address: address.slice(0, 64), by: "token", seconds };
    const someone = { userId: -1, name: "unknown", groupIds: [], isAdmin: false };
    await writeAudit(core.db, someone, { what: "sign-in-blocked", object: "user", objectId: -1, data });
  }
  throw appError("NOT_SIGNED_IN");
}

/** The seconds that this try, should it be wrong, makes the next one wait. @throws TOO_MANY_ATTEMPTS */
async function countTries(core: Core, limits: readonly Limit[]): Promise<number> {
  const now = core.clock.now();
  let waitMs = 0;
  for (const limit of limits) {
    const blockedTo = await countTry(core.db, limit, now);
    if (blockedTo !== null) {
      waitMs = Math.max(waitMs, blockedTo.getTime() - now);
      continue;
    }
    const attempt = await core.db.signInAttempt.findUnique({ where: { key: limit.key } });
    const blockedMs = Math.max(1, (attempt?.blockedTo.getTime() ?? now) - now);
    throw appError("TOO_MANY_ATTEMPTS", { retrySeconds: Math.ceil(blockedMs / 1000) });
  }
  return Math.ceil(waitMs / 1000);
}

/** Count one try; until when the next must wait, null when this one had to. A key without a try for an hour starts anew. */
async function countTry(db: PrismaClient, limit: Limit, nowMs: number): Promise<Date | null> {
  const now = new Date(nowMs);
  const forget = new Date(nowMs - FORGET_MS);
  const [counted] = await db.$queryRaw<{ blockedTo: Date }[]>`
    INSERT INTO "SignInAttempt" AS a ("key", "failures", "blockedTo") VALUES (${limit.key}, 1, ${now})
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN a."blockedTo" < ${forget} THEN 1 ELSE a."failures" + 1 END,
      "blockedTo" = ${now}::timestamp + CASE
        WHEN a."blockedTo" < ${forget} OR a."failures" < ${limit.free} THEN interval '0'
        ELSE make_interval(secs => least(${limit.maxSeconds}::float8, 2 ^ least(a."failures" - ${limit.free}, ${MAX_EXPONENT})))
      END
    WHERE a."blockedTo" <= ${now}
    RETURNING "blockedTo"`;
  return counted?.blockedTo ?? null;
}
