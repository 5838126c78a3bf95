import type { Db } from "../../db/tx";
import { median } from "../../domain/schedule/load";

const RUNS_LOOKED_AT = 20;

/**
 * Median length (ms) of the last good runs of each job, and of the last backups of each VM; without an entry when nothing
 * has run to its end. Two queries, whatever the number of ids.
 */
export async function medianDurations(
  db: Db,
  ids: { jobIds: readonly number[]; vmIds: readonly number[] },
): Promise<{ jobs: Map<number, number>; vms: Map<number, number> }> {
  const [jobs, vms] = await Promise.all([
    db.$queryRaw<{ id: number; lengths: number[] }[]>`
      SELECT "id", array_agg(ms)::float8[] AS lengths FROM (
        SELECT "jobId" AS "id", (extract(epoch FROM "endedAt" - "startedAt") * 1000)::float8 AS ms,
          row_number() OVER (PARTITION BY "jobId" ORDER BY "startedAt" DESC) AS n
        FROM "JobRun" WHERE "jobId" = ANY(${[...ids.jobIds]}) AND "endedAt" IS NOT NULL AND NOT "cancelled" AND "done" > 0
      ) runs WHERE n <= ${RUNS_LOOKED_AT} GROUP BY "id"`,
    db.$queryRaw<{ id: number; lengths: number[] }[]>`
      SELECT "id", array_agg(ms)::float8[] AS lengths FROM (
        SELECT "vmId" AS "id", (extract(epoch FROM "endedAt" - "startedAt") * 1000)::float8 AS ms,
          row_number() OVER (PARTITION BY "vmId" ORDER BY "id" DESC) AS n
        FROM "Action" WHERE "vmId" = ANY(${[...ids.vmIds]}) AND "kind" = 'backup' AND "state" = 'DONE'
          AND "endedAt" IS NOT NULL AND "startedAt" IS NOT NULL
      ) runs WHERE n <= ${RUNS_LOOKED_AT} GROUP BY "id"`,
  ]);
  return { jobs: medians(jobs), vms: medians(vms) };
}

function medians(rows: readonly { id: number; lengths: number[] }[]): Map<number, number> {
  return new Map(
    rows.flatMap(({ id, lengths }) => {
      const middle = median(lengths);
      return middle === null ? [] : [[id, middle] as const];
    }),
  );
}
