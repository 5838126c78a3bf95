import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { Right } from "../../domain/permissions";
import { requireRight } from "../authorize";

/** OpenNebula's numbers of the rights: a lock of level L forbids those with a number of L or more (§4.2.7). */
const RIGHT_NUMBER: Readonly<Record<Right, number>> = { USE: 1, MANAGE: 2, ADMIN: 4 };

/**
 * Load a job and check `right` on it. A locked job refuses, administrators too, but for those calls that ignore locks.
 */
export async function authorizeJob(
  db: Db,
  actor: Actor,
  right: Right,
  jobId: number,
  options: { ignoreLock?: boolean } = {},
) {
  const job = await db.backupJob.findUnique({ where: { id: jobId } });
  if (job === null) throw appError("NOT_FOUND", { object: "backup job", id: jobId });
  requireRight(actor, right, job, { object: "backup job", id: jobId });
  const isLocked = job.lockLevel > 0 && RIGHT_NUMBER[right] >= job.lockLevel;
  if (isLocked && right !== "USE" && options.ignoreLock !== true) {
    const owner =
      job.lockOwner === null
        ? null
        : await db.user.findUnique({ where: { id: job.lockOwner }, select: { name: true } });
    throw appError("OBJECT_LOCKED", { object: "backup job", id: jobId, ownerName: owner?.name ?? "somebody" });
  }
  return job;
}
