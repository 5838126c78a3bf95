import type { Db } from "../../db/tx";
import type { Duration } from "../../domain/schedule/simulation";
import { UNKNOWN_DURATION } from "../../domain/schedule/simulation";
import { Template } from "../../domain/template";
import { readDisks } from "../../domain/vm-disks";

const RUNS_LOOKED_AT = 20;
const SPEEDS_LOOKED_AT = 200;
const MIB = 1024 * 1024;

/**
 * How long a backup of each VM is expected to take: by its own last good backups; for a VM without any by the size of its
 * disks and the usual speed of the datastore; else a guess. Three queries, whatever the number of VMs.
 *
 * @param targets where each VM is backed up to, null when that is not known
 */
export async function predictDurations(
  db: Db,
  targets: ReadonlyMap<number, number | null>,
): Promise<Map<number, Duration>> {
  const vmIds = [...targets.keys()];
  const history = await db.$queryRaw<{ id: number; median: number; p90: number }[]>`
    SELECT "id", percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY ms)::float8 AS p90
    FROM (
      SELECT "vmId" AS "id", (extract(epoch FROM "endedAt" - "startedAt") * 1000)::float8 AS ms,
        row_number() OVER (PARTITION BY "vmId" ORDER BY "id" DESC) AS n
      FROM "Action" WHERE "vmId" = ANY(${vmIds}) AND "kind" = 'backup' AND "state" = 'DONE'
        AND "endedAt" IS NOT NULL AND "startedAt" IS NOT NULL
    ) runs WHERE n <= ${RUNS_LOOKED_AT} GROUP BY "id"`;
  const known = new Map<number, Duration>(
    history.map(({ id, median, p90 }) => [id, { medianMs: median, p90Ms: p90, basis: "history" }]),
  );
  const fresh = vmIds.filter((vmId) => !known.has(vmId));
  const [speeds, rows] = await Promise.all([readSpeeds(db), readTemplates(db, fresh)]);
  const sizes = new Map(rows.map((row) => [row.id, sizeOf(row.template)]));
  for (const vmId of fresh) {
    const speed = speeds.get(targets.get(vmId) ?? -1);
    const bytes = sizes.get(vmId) ?? 0;
    known.set(vmId, speed === undefined || bytes === 0 ? UNKNOWN_DURATION : bySize(bytes, speed));
  }
  return known;
}

interface Speed {
  /** Bytes a second. */
  usual: number;
  /** What nine of ten backups reach. */
  slow: number;
}

function bySize(bytes: number, speed: Speed): Duration {
  return { medianMs: (bytes / speed.usual) * 1000, p90Ms: (bytes / speed.slow) * 1000, basis: "size" };
}

/** Of the last good backups into each datastore. */
async function readSpeeds(db: Db): Promise<Map<number, Speed>> {
  const rows = await db.$queryRaw<{ id: number; usual: number; slow: number }[]>`
    SELECT "id", percentile_cont(0.5) WITHIN GROUP (ORDER BY speed)::float8 AS usual,
      percentile_cont(0.1) WITHIN GROUP (ORDER BY speed)::float8 AS slow
    FROM (
      SELECT "datastoreId" AS "id", "bytes"::float8 / extract(epoch FROM "endedAt" - "startedAt")::float8 AS speed,
        row_number() OVER (PARTITION BY "datastoreId" ORDER BY "id" DESC) AS n
      FROM "Action" WHERE "kind" = 'backup' AND "state" = 'DONE' AND "datastoreId" IS NOT NULL AND "bytes" > 0
        AND "endedAt" > "startedAt"
    ) runs WHERE n <= ${SPEEDS_LOOKED_AT} GROUP BY "id"`;
  return new Map(rows.map(({ id, usual, slow }) => [id, { usual, slow }]));
}

async function readTemplates(db: Db, vmIds: readonly number[]) {
  return await db.vm.findMany({ where: { id: { in: [...vmIds] } }, select: { id: true, template: true } });
}

function sizeOf(stored: unknown): number {
  const template = Template.safeParse(stored);
  if (!template.success) return 0;
  return readDisks(template.data).reduce((sum, disk) => sum + disk.sizeMb, 0) * MIB;
}
