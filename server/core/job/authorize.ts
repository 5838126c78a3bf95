import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { Right } from "../../domain/permissions";
import { requireRight, requireUnlocked } from "../authorize";

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
  if (right !== "USE" && options.ignoreLock !== true) {
    await requireUnlocked(db, right, job, { object: "backup job", id: jobId });
  }
  return job;
}
