import { createHash } from "node:crypto";
import { isTransient } from "../../db/transient";
import { withTx } from "../../db/tx";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { AppError, appError, reasonOf } from "../../domain/errors";
import type { ScheduledAction } from "../../domain/schedule/action";
import { isInBlackout } from "../../domain/schedule/blackout";
import { fire } from "../../domain/schedule/firing";
import type { SchedulerSettings } from "../../domain/schedule/pause";
import { writeAudit } from "../audit";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { executeJob } from "../job/execute";
import { notify } from "../notification/notify";
import { loadActor } from "../user/actor";
import { lockSchedule } from "./commands";
import { ruleColumns, toSchedule } from "./rows";
import { runVmAction } from "./vm-action";

const MAX_DUE = 500;

/**
 * Run what is due, the oldest first, one of each parent a pass (jobs-api-cli §2.4). A failure leaves the schedule due: it is
 * tried again every pass until it succeeds or is changed, and its message says why. The planned time makes the slot: the
 * action or the job's run carries it under a unique key, so that no slot runs twice, whoever leads.
 */
export async function runDueSchedules(core: Core, settings: SchedulerSettings): Promise<void> {
  const nowMs = core.clock.now();
  if (settings.pausedUntil !== null && settings.pausedUntil > nowMs) return;
  const now = Math.floor(nowMs / 1000);
  const rows = await core.db.$queryRaw<{ id: number; parentType: string; parentId: number; zone: string }[]>`
    SELECT DISTINCT ON ("parentType", "parentId") "id", "parentType", "parentId", "zone" FROM "ScheduledAction"
    WHERE "time" < ${BigInt(now)} AND "time" > "done"
    ORDER BY "parentType", "parentId", "time", "id" LIMIT ${MAX_DUE}`;
  for (const row of rows) {
    if (isInBlackout(settings.blackouts, nowMs)) return;
    await runOne(core, row.id, now);
  }
}

async function runOne(core: Core, scheduleId: number, now: number): Promise<void> {
  try {
    await withTx(core.db, async (tx) => {
      const row = await lockSchedule(tx, scheduleId);
      const schedule = toSchedule(row);
      const firing = fire(schedule, now);
      if (firing === null) return;
      const { isMissed, next } = firing;
      if (!isMissed) {
        const actor = await loadActor(tx, row.actorId).catch(() => {
          throw appError("ACTOR_GONE", { name: `of id ${row.actorId}` });
        });
        const slot = { scheduleId, slot: row.time };
        if (schedule.parentType === "BACKUPJOB") {
          await executeJob(tx, schedule.parentId, { actor, at: new Date(core.clock.now()), schedule: slot });
        } else {
          await runVmAction(tx, core, actor, schedule, slot);
        }
      } else {
        await writeAudit(tx, SYSTEM_ACTOR, {
          what: "schedule-missed",
          object: schedule.parentType === "VM" ? "vm" : "job",
          objectId: schedule.parentId,
          result: "refused",
          data: { scheduleId, plannedAt: Number(row.time) * 1000 },
        });
      }
      await tx.scheduledAction.update({
        where: { id: scheduleId },
        data: {
          done: BigInt(now),
          message: isMissed ? "Skipped: its time passed while nothing was scheduled." : "",
          ...(next === null ? {} : { ...ruleColumns(next), warning: 0n }),
        },
      });
      await told(tx, schedule);
    });
  } catch (error) {
    if (isTransient(error)) throw error;
    await noteFailure(core, scheduleId, error);
  }
}

/** Kept with the schedule and logged once, not at every pass. */
async function noteFailure(core: Core, scheduleId: number, error: unknown): Promise<void> {
  const message = reasonOf(error).slice(0, 2000);
  const isNew = await withTx(core.db, async (tx) => {
    const { count } = await tx.scheduledAction.updateMany({
      where: { id: scheduleId, message: { not: message } },
      data: { message },
    });
    const row = count === 0 ? null : await tx.scheduledAction.findUnique({ where: { id: scheduleId } });
    if (row === null) return false;
    const parent = row.parentType === "VM" ? { vmId: row.parentId } : { jobId: row.parentId };
    const title = `A scheduled ${row.action || "backup"} could not begin`;
    const key = `schedule-${scheduleId}-${row.time}-${createHash("sha256").update(message).digest("hex").slice(0, 12)}`;
    await notify(tx, [{ key, kind: "schedule-failed", ...parent, data: { title, text: message } }]);
    await told(tx, toSchedule(row));
    return true;
  });
  if (!isNew) return;
  const log = { scheduleId, ...(error instanceof AppError ? { reason: message } : { err: error }) };
  core.log.warn(log, "a scheduled action could not run; it is tried again");
}

async function told(tx: Parameters<typeof appendEvent>[0], schedule: ScheduledAction): Promise<void> {
  const topic = schedule.parentType === "VM" ? "vm" : "job";
  await appendEvent(tx, { topic, objectId: schedule.parentId, type: "schedule" });
}
