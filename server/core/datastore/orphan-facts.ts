import type { Db } from "../../db/tx";
import { backupKey, type KnownBackups } from "../../domain/orphan";

/** Runs that write into a repository or remove from it. */
const WRITERS = ["backup", "image-delete", "orphan-remove", "increment-flatten"];

/** What the catalogue and the queue know of the backups of some VMs. `exceptRun`: the run that asks. */
export async function knownBackups(db: Db, vmIds: readonly number[], exceptRun: number | null): Promise<KnownBackups> {
  const [points, runs, vms, expired] = await Promise.all([
    // Of every datastore: two of them may lie in one folder.
    db.increment.findMany({
      where: { image: { vmId: { in: [...vmIds] } } },
      select: { source: true, image: { select: { vmId: true } } },
    }),
    db.action.findMany({
      where: {
        state: { in: ["PENDING", "RUNNING"] },
        kind: { in: WRITERS },
        ...(exceptRun === null ? {} : { id: { not: exceptRun } }),
      },
      select: { kind: true, vmId: true, input: true, createdAt: true },
    }),
    db.vm.findMany({ where: { id: { in: [...vmIds] } }, select: { id: true, name: true } }),
    db.image.findMany({
      where: { vmId: { in: [...vmIds] }, increments: { some: { expiredAt: { not: null } } } },
      select: { vmId: true },
    }),
  ]);
  const inFlight = new Set<string>();
  for (const run of runs) {
    const backupId = (run.input as { backupId?: unknown } | null)?.backupId; // written by requestBackup
    if (run.vmId !== null && typeof backupId === "string") inFlight.add(backupKey(run.vmId, backupId));
  }
  return {
    recorded: new Set(
      points.flatMap((point) => (point.image.vmId === null ? [] : [backupKey(point.image.vmId, point.source)])),
    ),
    inFlight,
    mergingVms: new Set(
      [...expired, ...runs.filter((run) => run.kind === "increment-flatten")].flatMap((each) => each.vmId ?? []),
    ),
    vmNames: new Map(vms.map((vm) => [vm.id, vm.name])),
    oldestRunAt: runs.length === 0 ? null : Math.min(...runs.map((run) => run.createdAt.getTime())),
  };
}
