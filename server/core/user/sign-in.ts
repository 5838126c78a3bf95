import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { Core } from "../core";
import { loadActor } from "./actor";
import { isPasswordRight } from "./password";

const FREE_FAILURES = 5;
const MAX_BLOCK_MS = 15 * 60_000;
const FORGET_MS = 60 * 60_000;

/**
 * Check a name and password. After five failures an account, and the address they come from, must wait: 1, 2, 4 …
 * seconds, at most 15 minutes. A right password while blocked is refused as well, so that guessing learns nothing.
 * @throws AppError SIGN_IN_FAILED, TOO_MANY_ATTEMPTS
 */
export async function signIn(core: Core, input: { name: string; password: string; address: string }): Promise<Actor> {
  const keys = [`user:${input.name.slice(0, 128)}`, `address:${input.address.slice(0, 64)}`];
  const now = core.clock.now();
  const attempts = await core.db.signInAttempt.findMany({ where: { key: { in: keys } } });
  const blockedTo = Math.max(0, ...attempts.map((attempt) => attempt.blockedTo.getTime()));
  if (blockedTo > now) throw appError("TOO_MANY_ATTEMPTS", { retrySeconds: Math.ceil((blockedTo - now) / 1000) });

  const user = await core.db.user.findUnique({ where: { name: input.name } });
  const isRight = await isPasswordRight(input.password, user?.enabled === true ? user.passwordHash : null);
  if (!isRight || user === null) {
    for (const key of keys) await countFailure(core, key, attempts.find((attempt) => attempt.key === key)?.failures ?? 0);
    throw appError("SIGN_IN_FAILED");
  }
  await core.db.signInAttempt.deleteMany({ where: { key: { in: keys } } });
  await core.db.signInAttempt.deleteMany({ where: { blockedTo: { lt: new Date(now - FORGET_MS) } } });
  return await loadActor(core.db, user.id);
}

async function countFailure(core: Core, key: string, before: number): Promise<void> {
  const failures = before + 1;
  const blockMs = failures <= FREE_FAILURES ? 0 : Math.min(MAX_BLOCK_MS, 1000 * 2 ** (failures - FREE_FAILURES - 1));
  const blockedTo = new Date(core.clock.now() + blockMs);
  await core.db.signInAttempt.upsert({
    where: { key },
    create: { key, failures, blockedTo },
    update: { failures: { increment: 1 }, blockedTo },
  });
}
