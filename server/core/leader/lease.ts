import type { PrismaClient } from "../../db/client";

export const LEASE_MS = 6_000; // take-over within 10 s of a dead leader, with room for one slow renewal
export const RENEW_MS = 2_000;

export interface Lease {
  holder: string;
  /** Grows with each change of holder; stored with every claim, so that a late writer can be told apart. */
  fence: bigint;
}

/**
 * Take or renew the scheduler's lease. The database's clock decides, not the node's. The same holder renews and keeps
 * its fence; another gets it only when it has expired, with a new fence.
 * @returns the lease when `holder` has it now, else null.
 */
export async function acquireLease(db: PrismaClient, holder: string): Promise<Lease | null> {
  const rows = await db.$queryRaw<{ fence: bigint }[]>`
    INSERT INTO "Lease" ("name", "holder", "fence", "expiresAt", "passedAt")
    VALUES ('scheduler', ${holder}, 1, now() + make_interval(secs => ${LEASE_MS / 1000}::double precision), now())
    ON CONFLICT ("name") DO UPDATE SET
      "passedAt" = CASE WHEN "Lease"."holder" = EXCLUDED."holder" AND "Lease"."expiresAt" >= now()
        THEN "Lease"."passedAt" ELSE now() END,
      "fence" = "Lease"."fence" + CASE WHEN "Lease"."holder" = EXCLUDED."holder" THEN 0 ELSE 1 END,
      "holder" = EXCLUDED."holder",
      "expiresAt" = EXCLUDED."expiresAt"
    WHERE "Lease"."holder" = EXCLUDED."holder" OR "Lease"."expiresAt" < now()
    RETURNING "fence"`;
  const fence = rows[0]?.fence;
  return fence === undefined ? null : { holder, fence };
}

/** Give the lease up, so that another node need not wait for it to expire. */
export async function releaseLease(db: PrismaClient, holder: string): Promise<void> {
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() WHERE "name" = 'scheduler' AND "holder" = ${holder}`;
}

/** The holder has ended a pass of the scheduler: leading alone does not mean that anything is scheduled. */
export async function notePass(db: PrismaClient, { holder, fence }: Lease): Promise<void> {
  await db.$executeRaw`
    UPDATE "Lease" SET "passedAt" = now() WHERE "name" = 'scheduler' AND "holder" = ${holder} AND "fence" = ${fence}`;
}

/** How long no pass has ended, nobody has begun to lead either, in seconds by the database's clock; null before the first. */
export async function silentSeconds(db: PrismaClient): Promise<number | null> {
  const rows = await db.$queryRaw<{ seconds: number | null }[]>`
    SELECT extract(epoch FROM now()::timestamp - "passedAt")::float8 AS seconds FROM "Lease" WHERE "name" = 'scheduler'`;
  return rows[0]?.seconds ?? null;
}

/** Who leads now, null when nobody does. */
export async function currentLeader(db: PrismaClient): Promise<string | null> {
  const rows = await db.$queryRaw<{ holder: string }[]>`
    SELECT "holder" FROM "Lease" WHERE "name" = 'scheduler' AND "expiresAt" >= now()`;
  return rows[0]?.holder ?? null;
}
