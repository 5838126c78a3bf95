import type { PrismaClient } from "../../../db/client";
import { seedHistory } from "./history";
import { seedObjects } from "./objects";
import type { SeedSize } from "./size";

const SEED_MS = 30 * 60_000;

/**
 * Fill a bootstrapped, otherwise empty database with a large inventory, in one transaction: all of it or nothing. No file
 * of it exists anywhere. What is scheduled begins two hours from now at the earliest, and the scheduler is paused for a day.
 * @throws Error when the database holds a VM, a job, an image or a run: it may be somebody's
 */
export async function seed(db: PrismaClient, size: SeedSize): Promise<void> {
  await db.$transaction(
    async (tx) => {
      await refuseUsed(tx);
      await seedObjects(tx, size);
      await seedHistory(tx, size);
      const pausedUntil = Date.now() + 86_400_000;
      await tx.setting.upsert({
        where: { name: "scheduler" },
        create: { name: "scheduler", value: { pausedUntil } },
        update: {},
      });
    },
    { timeout: SEED_MS },
  );
  await db.$executeRaw`ANALYZE`;
}

async function refuseUsed(db: Pick<PrismaClient, "$queryRaw">): Promise<void> {
  const [found] = await db.$queryRaw<{ used: boolean; started: boolean }[]>`
    SELECT EXISTS (SELECT FROM "Vm") OR EXISTS (SELECT FROM "BackupJob") OR EXISTS (SELECT FROM "Image")
      OR EXISTS (SELECT FROM "Action") AS used, EXISTS (SELECT FROM "User" WHERE "id" = 0) AS started`;
  if (found?.used !== false) {
    throw new Error("This database is not empty. Name an empty one: an inventory is never mixed with a made-up one.");
  }
  if (!found.started) throw new Error("This database has no oneadmin yet.");
}
