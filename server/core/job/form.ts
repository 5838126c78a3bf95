import { z } from "zod";
import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { ObjectId, ObjectName } from "../../domain/ids";
import { JobSettings } from "../../domain/job/job";
import { ScheduleInput, scheduleVector } from "../../domain/schedule/action";
import type { Ctx } from "../context";
import { changeSchedule, deleteSchedule, insertSchedule } from "../schedule/commands";
import { authorizeJob } from "./authorize";
import { renameJob, setJobPriority, updateJob } from "./commands";

export const SaveJob = z.object({
  jobId: ObjectId,
  name: ObjectName,
  priority: z.number().int(),
  settings: JobSettings,
  /**
   * All that the job has afterwards: those with an id are changed, the others new, those left out removed. One with an id
   * and null stays as it is: a finished schedule has no time that could be saved again.
   */
  schedules: z.array(z.object({ scheduleId: ObjectId.nullable(), schedule: ScheduleInput.nullable() })).max(50),
});

/** The editor's form of an existing job: name, priority, settings and schedules; all of it or nothing. */
export async function saveJob(ctx: Ctx, raw: z.input<typeof SaveJob>): Promise<void> {
  const { jobId, name, priority, settings, schedules } = SaveJob.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const inner: Ctx = { ...ctx, tx };
    const job = await authorizeJob(tx, ctx.actor, "MANAGE", jobId);
    if (name !== job.name) await renameJob(inner, { jobId, name });
    if (priority !== job.priority) await setJobPriority(inner, { jobId, priority });
    await updateJob(inner, { jobId, settings });
    const stored = await tx.scheduledAction.findMany({
      where: { parentType: "BACKUPJOB", parentId: jobId },
      select: { id: true },
    });
    const kept = new Set(schedules.map((one) => one.scheduleId));
    for (const { id } of stored) if (!kept.has(id)) await deleteSchedule(inner, id);
    for (const { scheduleId, schedule } of schedules) {
      if (schedule === null) continue;
      const vector = scheduleVector(schedule);
      if (scheduleId === null) await insertSchedule(tx, ctx, { parentType: "BACKUPJOB", parentId: jobId, vector });
      else if (stored.some((one) => one.id === scheduleId)) await changeSchedule(inner, scheduleId, vector);
      else throw appError("NOT_FOUND", { object: "scheduled action", id: scheduleId });
    }
  });
}
