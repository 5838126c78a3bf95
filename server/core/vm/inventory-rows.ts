import { labelsOf } from "../../domain/job/selection";
import type { ActionState, VmState } from "../../domain/states";
import { text } from "../../domain/template";
import type { VmRow } from "../../domain/vm";
import { effectiveDisks } from "../../domain/vm-disks";
import type { Ctx } from "../context";
import { nextTimes } from "../schedule/queries";
import type { VmFacts } from "./facts";
import { parseVm } from "./rows";

const RUNS_SHOWN = 14;

/** Rows of some VMs, in their order: six queries whatever their number. */
export async function toVmRows(ctx: Ctx, facts: readonly VmFacts[]): Promise<VmRow[]> {
  const { db } = ctx.core;
  const ids = facts.map((vm) => vm.id);
  const rows = (await db.vm.findMany({ where: { id: { in: ids } } })).map(parseVm);
  const jobIds = [...new Set(facts.flatMap((vm) => vm.jobId ?? []))];
  const [runs, stored, ownTimes, jobTimes, chains] = await Promise.all([
    lastRuns(ctx, ids),
    readStored(ctx, ids),
    nextTimes(db, "VM", ids),
    nextTimes(db, "BACKUPJOB", jobIds),
    db.increment.groupBy({
      by: ["imageId"],
      where: { imageId: { in: rows.map((row) => row.backupConfig.incrementalBackupId) } },
      _count: true,
    }),
  ]);
  const chainLength = new Map(chains.map((chain) => [chain.imageId, chain._count]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return facts.flatMap((vm) => {
    const row = rowOf.get(vm.id);
    if (row === undefined) return [];
    const disks = effectiveDisks(row.template, row.backupConfig);
    return [
      {
        id: vm.id,
        name: vm.name,
        state: row.state as VmState, // written only by transitionVm
        ownerName: vm.ownerName || String(row.uid),
        groupName: vm.groupName || String(row.gid),
        hostName: vm.hostName || String(row.hostId),
        protection: vm.protection,
        mode: row.backupConfig.mode,
        newestPointAt: vm.newestPointAt,
        pointCount: stored.get(vm.id)?.points ?? 0,
        chainLength: chainLength.get(row.backupConfig.incrementalBackupId) ?? 0,
        storedBytes: stored.get(vm.id)?.bytes ?? 0,
        diskCount: disks.length,
        sizeMb: disks.reduce((sum, disk) => sum + disk.sizeMb, 0),
        lastRuns: runs.get(vm.id) ?? [],
        lastError: vm.lastError,
        runningActionId: vm.runningActionId,
        target: vm.target,
        jobId: vm.jobId,
        jobName: vm.jobName,
        excludedReason: vm.excludedReason,
        excludedUntil: vm.excludedUntil,
        labels: labelsOf(text(row.userTemplate, "LABELS")),
        nextRunAt: earliest(ownTimes.get(vm.id), vm.jobId === null ? undefined : jobTimes.get(vm.jobId)),
      },
    ];
  });
}

async function lastRuns(ctx: Ctx, vmIds: number[]): Promise<Map<number, ActionState[]>> {
  const rows = await ctx.core.db.$queryRaw<{ vmId: number; states: ActionState[] }[]>`
    SELECT "vmId", array_agg("state" ORDER BY "id") AS states FROM (
      SELECT "id", "vmId", "state", row_number() OVER (PARTITION BY "vmId" ORDER BY "id" DESC) AS n
      FROM "Action" WHERE "kind" = 'backup' AND "vmId" = ANY(${vmIds})
    ) runs WHERE n <= ${RUNS_SHOWN} GROUP BY "vmId"`;
  return new Map(rows.map((row) => [row.vmId, row.states]));
}

/** Points of READY images: what is being deleted, or could not be, is nothing to restore from. */
async function readStored(ctx: Ctx, vmIds: number[]): Promise<Map<number, { points: number; bytes: number }>> {
  const rows = await ctx.core.db.$queryRaw<{ vmId: number; points: bigint; bytes: bigint }[]>`
    SELECT i."vmId", count(*) AS points, sum(n."storedBytes")::bigint AS bytes
    FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id" AND n."id" >= 0
    WHERE i."type" = 'BACKUP' AND i."state" = 'READY' AND i."vmId" = ANY(${vmIds}) GROUP BY 1`;
  return new Map(rows.map((row) => [row.vmId, { points: Number(row.points), bytes: Number(row.bytes) }]));
}

function earliest(...times: (number | undefined)[]): number | null {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}
