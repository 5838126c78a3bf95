import { z } from "zod";
import type { Db } from "../../db/tx";
import { ObjectId } from "../../domain/ids";
import {
  parseSchedule,
  type ScheduledAction,
  ScheduleInput,
  ScheduleParent,
  scheduleVector,
} from "../../domain/schedule/action";
import type { PlannedRun } from "../../domain/schedule/load";
import { upcoming } from "../../domain/schedule/rule";
import { authorizeVm, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { authorizeJob } from "../job/authorize";
import { medianDurations } from "./durations";
import { toSchedule } from "./rows";

const MAX_SHOWN = 2_000;

/** Epoch ms of the next run of each parent that has one. */
export async function nextTimes(db: Db, parentType: ScheduleParent, parentIds: readonly number[]) {
  const rows = await db.$queryRaw<{ parentId: number; time: bigint }[]>`
    SELECT "parentId", min("time") AS time FROM "ScheduledAction"
    WHERE "parentType" = ${parentType} AND "parentId" = ANY(${[...parentIds]}) AND "time" > "done" GROUP BY "parentId"`;
  return new Map(rows.map((row) => [row.parentId, Number(row.time) * 1000]));
}

export const ScheduleOf = z.object({ parentType: ScheduleParent, parentId: ObjectId });

/** The schedules of a VM or a job, in the order of their ids. */
export async function listSchedules(ctx: Ctx, input: z.infer<typeof ScheduleOf>): Promise<ScheduledAction[]> {
  const { parentType, parentId } = input;
  if (parentType === "VM") await authorizeVm(ctx.core.db, ctx.actor, "USE", parentId);
  else await authorizeJob(ctx.core.db, ctx.actor, "USE", parentId);
  const rows = await ctx.core.db.scheduledAction.findMany({ where: { parentType, parentId }, orderBy: { id: "asc" } });
  return rows.map(toSchedule);
}

export const CalendarRange = z
  .object({ from: z.number().int(), to: z.number().int() })
  .refine(({ from, to }) => to > from && to - from <= 62 * 86_400_000, "Choose at most 62 days");

/**
 * The coming runs of everything that the actor may see, between two moments (epoch ms), by the very function that arms the
 * schedules. At most 2,000; `isCut` says when there are more.
 */
export async function listPlannedRuns(
  ctx: Ctx,
  raw: z.input<typeof CalendarRange>,
): Promise<{ runs: PlannedRun[]; isCut: boolean }> {
  const { from, to } = CalendarRange.parse(raw);
  const { db } = ctx.core;
  const rows = await db.$queryRaw<{ id: number }[]>`
    SELECT "id" FROM "ScheduledAction" WHERE "time" > "done" AND "time" <= ${BigInt(Math.floor(to / 1000))}`;
  const schedules = await db.scheduledAction.findMany({ where: { id: { in: rows.map((row) => row.id) } } });
  const idsOf = (type: ScheduleParent) => schedules.filter((row) => row.parentType === type).map((row) => row.parentId);
  const visible = visibleTo(ctx.actor);
  const [jobs, vms] = await Promise.all([
    db.backupJob.findMany({
      where: { AND: [visible, { id: { in: idsOf("BACKUPJOB") } }] },
      select: { id: true, name: true, execution: true, vmIds: true, pausedUntil: true },
    }),
    db.vm.findMany({ where: { AND: [visible, { id: { in: idsOf("VM") } }] }, select: { id: true, name: true } }),
  ]);
  const names = {
    BACKUPJOB: new Map(jobs.map((job) => [job.id, job.name])),
    VM: new Map(vms.map((vm) => [vm.id, vm.name])),
  };
  const jobOf = new Map(jobs.map((job) => [job.id, job]));
  const medians = await medianDurations(db, { jobIds: [...names.BACKUPJOB.keys()], vmIds: [...names.VM.keys()] });
  const runs: PlannedRun[] = [];
  for (const schedule of schedules.map(toSchedule)) {
    const parentName = names[schedule.parentType].get(schedule.parentId);
    if (parentName === undefined) continue;
    const { id, parentType, parentId, action, message } = schedule;
    for (const time of upcoming(schedule.rule, Math.floor(to / 1000), MAX_SHOWN)) {
      if (time * 1000 < from) continue;
      const job = parentType === "BACKUPJOB" ? jobOf.get(parentId) : undefined;
      runs.push({
        scheduleId: id,
        parentType,
        parentId,
        parentName,
        action,
        at: time * 1000,
        zone: schedule.rule.zone,
        message,
        medianMs: (parentType === "VM" ? medians.vms : medians.jobs).get(parentId) ?? null,
        width: job?.execution === "PARALLEL" ? Math.max(1, job.vmIds.length) : 1,
        isPaused: (job?.pausedUntil?.getTime() ?? 0) > time * 1000,
      });
    }
  }
  runs.sort((a, b) => a.at - b.at || a.scheduleId - b.scheduleId);
  return { runs: runs.slice(0, MAX_SHOWN), isCut: runs.length > MAX_SHOWN };
}

export const PreviewSchedule = z.object({ parentType: ScheduleParent, schedule: ScheduleInput });

/** What a schedule that is being written would do: its next times (epoch ms), or the error that saving would give. */
export function previewSchedule(ctx: Ctx, raw: z.input<typeof PreviewSchedule>): { times: number[]; zone: string } {
  const { parentType, schedule } = PreviewSchedule.parse(raw);
  const vector = scheduleVector({ action: "backup", ...schedule });
  const { rule } = parseSchedule(vector, { parentType, stored: null, origin: null, zone: ctx.core.config.zone });
  return { times: upcoming(rule, Number.MAX_SAFE_INTEGER, 10).map((time) => time * 1000), zone: rule.zone };
}
