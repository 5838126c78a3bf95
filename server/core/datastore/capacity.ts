import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import { Template, text } from "../../domain/template";

/**
 * MiB that Strata may still store in a datastore: LIMIT_MB less what its restore points take there, and never more than
 * the file system has free. Other people's data on the same file system is no part of the limit. Null: not checked
 * (DATASTORE_CAPACITY_CHECK=NO).
 *
 * Backups that are queued or running count with what they may take at most, so that many at once do not pass the limit
 * together. The free space does not: most of a worst case is never written, and the driver looks before it writes.
 */
export async function readAvailableMb(
  db: Db,
  datastore: { id: number; template: unknown; freeMb: number },
): Promise<number | null> {
  const template = parseStored(Template, datastore.template);
  if (text(template, "DATASTORE_CAPACITY_CHECK")?.toUpperCase() === "NO") return null;
  const limitMb = Number(text(template, "LIMIT_MB") ?? "");
  if (!(limitMb > 0)) return Math.max(0, datastore.freeMb);
  const stored = await db.increment.aggregate({
    where: { image: { datastoreId: datastore.id } },
    _sum: { sizeMb: true },
  });
  const reservedMb = await readReservedMb(db, datastore.id);
  return Math.max(0, Math.min(datastore.freeMb, limitMb - (stored._sum.sizeMb ?? 0) - reservedMb));
}

/** MiB that queued and running backups into the datastore may take at most. */
async function readReservedMb(db: Db, datastoreId: number): Promise<number> {
  const [row] = await db.$queryRaw<{ mb: number }[]>`
    SELECT coalesce(sum(("input"->>'estimateMb')::int), 0)::int AS mb FROM "Action"
    WHERE "kind" = 'backup' AND "datastoreId" = ${datastoreId} AND "state" IN ('PENDING', 'RUNNING')`;
  return row?.mb ?? 0;
}
