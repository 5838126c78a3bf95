import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { type RpoTarget, rpoOf } from "../../domain/compliance";
import { type ProtectionInput, protectionOf, settledProtection } from "../../domain/protection";
import type { Protection } from "../../domain/vm";
import { visibleTo } from "../authorize";

/** What the inventory knows of a VM without reading its documents. */
export interface VmFacts {
  id: number;
  name: string;
  state: string;
  /** Epoch ms of the newest restorable point; null when there is none. */
  newestPointAt: number | null;
  pointCount: number;
  storedBytes: number;
  lastRunState: "DONE" | "FAILED" | null;
  lastRunId: number | null;
  lastRunAt: number | null;
  lastError: string | null;
  runningActionId: number | null;
  target: RpoTarget;
  /** The job that it is in, null for none. */
  jobId: number | null;
}

/** The word for a VM, from its facts. */
export function protectionOfFacts(facts: VmFacts, now: number): Protection {
  return protectionOf(protectionInput(facts), now);
}

/** The same without regard to a run that is going on: what the overview counts. */
export function settledOfFacts(facts: VmFacts, now: number): Exclude<Protection, "running"> {
  return settledProtection(protectionInput(facts), now);
}

function protectionInput(facts: VmFacts): ProtectionInput {
  const { newestPointAt: at } = facts;
  const points = at === null ? [] : [{ at, broken: null, verification: "checksummed" as const }];
  const { lastRunState, runningActionId, target } = facts;
  return { points, lastRunState, runningActionId, rpoHours: target.rpoMinutes / 60 };
}

/**
 * Facts of every living VM the actor may USE, or of `only` some: five slim queries whatever their number. Points count
 * while their image is READY: what is being deleted, or could not be, is nothing to restore from.
 */
export async function readVmFacts(db: Db, actor: Actor, only?: number[]): Promise<VmFacts[]> {
  const ids = only ?? null;
  const [vms, points, runs, running, targets] = await Promise.all([
    db.vm.findMany({
      where: { AND: [visibleTo(actor), { state: { not: "DONE" } }, only === undefined ? {} : { id: { in: only } }] },
      select: { id: true, name: true, state: true },
      orderBy: { id: "asc" },
    }),
    db.$queryRaw<{ vmId: number; newest: Date; count: bigint; bytes: bigint }[]>`
      SELECT i."vmId", max(n."at") FILTER (WHERE n."broken" IS NULL AND n."verification" <> 'failed') AS newest, count(*) AS count,
             sum(n."storedBytes")::bigint AS bytes
      FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
      WHERE i."type" = 'BACKUP' AND i."vmId" IS NOT NULL AND i."state" = 'READY'
        AND (${ids}::int[] IS NULL OR i."vmId" = ANY(${ids}::int[])) GROUP BY i."vmId"`,
    db.$queryRaw<{ id: number; vmId: number; state: "DONE" | "FAILED"; error: string | null; endedAt: Date | null }[]>`
      SELECT DISTINCT ON ("vmId") "id", "vmId", "state", "error", "endedAt" FROM "Action"
      WHERE "kind" = 'backup' AND "state" IN ('DONE', 'FAILED') AND "vmId" IS NOT NULL
        AND (${ids}::int[] IS NULL OR "vmId" = ANY(${ids}::int[]))
      ORDER BY "vmId", "id" DESC`,
    db.action.findMany({
      where: {
        kind: "backup",
        state: { in: ["PENDING", "RUNNING"] },
        vmId: only === undefined ? { not: null } : { in: only },
      },
      select: { id: true, vmId: true },
    }),
    readTargets(db, ids),
  ]);
  const pointsOf = new Map(points.map((row) => [row.vmId, row]));
  const runOf = new Map(runs.map((row) => [row.vmId, row]));
  const runningOf = new Map(running.map((row) => [row.vmId, row.id]));
  return vms.map((vm) => {
    const stored = pointsOf.get(vm.id);
    const run = runOf.get(vm.id);
    return {
      ...vm,
      newestPointAt: stored?.newest?.getTime() ?? null,
      pointCount: Number(stored?.count ?? 0n),
      storedBytes: Number(stored?.bytes ?? 0n),
      lastRunState: run?.state ?? null,
      lastRunId: run?.id ?? null,
      lastRunAt: run?.endedAt?.getTime() ?? null,
      lastError: run?.state === "FAILED" ? run.error : null,
      runningActionId: runningOf.get(vm.id) ?? null,
      target: rpoOf(targets.get(vm.id)?.own ?? null, targets.get(vm.id)?.ofJob ?? null),
      jobId: targets.get(vm.id)?.jobId ?? null,
    };
  });
}

/** What VMs and their jobs say about the RPO, in minutes; a job that is gone says nothing. */
async function readTargets(db: Db, ids: number[] | null) {
  const rows = await db.$queryRaw<{ id: number; own: number | null; ofJob: number | null; jobId: number | null }[]>`
    SELECT v."id", (v."backupConfig"->>'rpoMinutes')::int AS own, (j."policy"->>'rpoMinutes')::int AS "ofJob",
           j."id" AS "jobId"
    FROM "Vm" v LEFT JOIN "BackupJob" j ON j."id" = (v."backupConfig"->>'backupJobId')::int
    WHERE v."state" <> 'DONE' AND (${ids}::int[] IS NULL OR v."id" = ANY(${ids}::int[]))`;
  return new Map(rows.map((row) => [row.id, row]));
}
