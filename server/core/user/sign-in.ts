import type { PrismaClient } from "../../db/client";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { Core } from "../core";
import { loadActor } from "./actor";
import { isPasswordRight } from "./password";

const FREE_FAILURES = 5;
const MAX_BLOCK_SECONDS = 15 * 60;
/** 2^20 s is far beyond the longest block; the exponent is capped so that it cannot overflow. */
const MAX_EXPONENT = 20;
const FORGET_MS = 60 * 60_000;

/**
 * Check a name and password. After five failures an account, and the address they come from, must wait: 1, 2, 4 …
 * seconds, at most 15 minutes. A right password while blocked is refused as well, so that guessing learns nothing.
 *
 * The try is counted before the password is looked at, in one statement: a hundred guesses sent at once are a hundred
 * tries, not one. Being right takes the count back.
 * @throws AppError SIGN_IN_FAILED, TOO_MANY_ATTEMPTS
 */
export async function signIn(core: Core, input: { name: string; password: string; address: string }): Promise<Actor> {
  const keys = [`user:${input.name.slice(0, 128)}`, `address:${input.address.slice(0, 64)}`];
  const now = core.clock.now();
  for (const key of keys) {
    if (await countTry(core.db, key, now)) continue;
    const attempt = await core.db.signInAttempt.findUnique({ where: { key } });
    const blockedMs = Math.max(1, (attempt?.blockedTo.getTime() ?? now) - now);
    throw appError("TOO_MANY_ATTEMPTS", { retrySeconds: Math.ceil(blockedMs / 1000) });
  }

  const user = await core.db.user.findUnique({ where: { name: input.name } });
  const isRight = await isPasswordRight(input.password, user?.enabled === true ? user.passwordHash : null);
  if (!isRight || user === null) throw appError("SIGN_IN_FAILED");
  await core.db.signInAttempt.deleteMany({
    where: { OR: [{ key: { in: keys } }, { blockedTo: { lt: new Date(now - FORGET_MS) } }] },
  });
  return await loadActor(core.db, user.id);
}

/** Count one try; false when the key is blocked. A key without a try for an hour starts anew. */
async function countTry(db: PrismaClient, key: string, nowMs: number): Promise<boolean> {
  const now = new Date(nowMs);
  const forget = new Date(nowMs - FORGET_MS);
  const counted = await db.$executeRaw`
    INSERT INTO "SignInAttempt" AS a ("key", "failures", "blockedTo") VALUES (${key}, 1, ${now})
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN a."blockedTo" < ${forget} THEN 1 ELSE a."failures" + 1 END,
      "blockedTo" = ${now}::timestamp + CASE
        WHEN a."blockedTo" < ${forget} OR a."failures" < ${FREE_FAILURES} THEN interval '0'
        ELSE make_interval(secs => least(${MAX_BLOCK_SECONDS}::float8, 2 ^ least(a."failures" - ${FREE_FAILURES}, ${MAX_EXPONENT})))
      END
    WHERE a."blockedTo" <= ${now}`;
  return counted === 1;
}
