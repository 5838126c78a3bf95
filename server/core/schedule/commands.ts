import type { z } from "zod";
import type { Tx } from "../../db/tx";
import { appError } from "../../domain/errors";
import {
  AddSchedule,
  parseSchedule,
  type ScheduleParent,
  scheduleVector,
  UpdateSchedule,
} from "../../domain/schedule/action";
import type { TemplateVector } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeDatastore } from "../authorize";
import { type Ctx, inTx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { authorizeJob } from "../job/authorize";
import { authorizeVmOperation } from "../vm-operations";
import { scheduleColumns, toSchedule } from "./rows";

/** Add a schedule to a VM or a job: MANAGE on it, and for a backup USE on the datastore that its arguments name. */
export async function addSchedule(ctx: Ctx, raw: z.input<typeof AddSchedule>): Promise<{ scheduleId: number }> {
  const { parentType, parentId, schedule } = AddSchedule.parse(raw);
  return await inTx(ctx, async (tx) => {
    const scheduleId = await insertSchedule(tx, ctx, { parentType, parentId, vector: scheduleVector(schedule) });
    return { scheduleId };
  });
}

/** The same from a template's vector, inside the transaction that makes its parent. */
export async function insertSchedule(
  tx: Tx,
  ctx: Ctx,
  input: { parentType: ScheduleParent; parentId: number; vector: TemplateVector },
): Promise<number> {
  const { parentType, parentId, vector } = input;
  const origin = await authorizeParent(tx, ctx, parentType, parentId);
  const parsed = parseSchedule(vector, { parentType, stored: null, origin, zone: ctx.core.config.zone });
  await checkArguments(tx, ctx, parentType, parsed);
  const id = await nextId(tx, "schedule");
  await tx.scheduledAction.create({
    data: { id, parentType, parentId, actorId: ctx.actor.userId, ...scheduleColumns(parsed) },
  });
  await record(tx, ctx, { parentType, parentId }, "schedule-add", id);
  return id;
}

/** Change a schedule; what the input does not name stays. */
export async function updateSchedule(ctx: Ctx, raw: z.input<typeof UpdateSchedule>): Promise<void> {
  const { scheduleId, schedule } = UpdateSchedule.parse(raw);
  await changeSchedule(ctx, scheduleId, scheduleVector(schedule));
}

/** The same from a template's vector. */
export async function changeSchedule(ctx: Ctx, scheduleId: number, vector: TemplateVector): Promise<void> {
  await inTx(ctx, async (tx) => {
    const row = await lockSchedule(tx, scheduleId);
    const stored = toSchedule(row);
    const origin = await authorizeParent(tx, ctx, stored.parentType, stored.parentId);
    const parsed = parseSchedule(vector, {
      parentType: stored.parentType,
      stored,
      origin,
      zone: ctx.core.config.zone,
    });
    await checkArguments(tx, ctx, stored.parentType, parsed);
    // With the rights of who changed it last: nobody's rights can be borrowed by editing their schedule.
    await tx.scheduledAction.update({
      where: { id: scheduleId },
      data: { ...scheduleColumns(parsed), actorId: ctx.actor.userId },
    });
    await record(tx, ctx, stored, "schedule-update", scheduleId);
  });
}

/** Remove a schedule. */
export async function deleteSchedule(ctx: Ctx, scheduleId: number): Promise<void> {
  await inTx(ctx, async (tx) => {
    const row = await lockSchedule(tx, scheduleId);
    const stored = toSchedule(row);
    await authorizeParent(tx, ctx, stored.parentType, stored.parentId);
    await tx.scheduledAction.delete({ where: { id: scheduleId } });
    await record(tx, ctx, stored, "schedule-delete", scheduleId);
  });
}

/** MANAGE on the job, the right of `sched-action` on the VM; answers what `+N` counts from, null where it is refused. */
async function authorizeParent(tx: Tx, ctx: Ctx, parentType: ScheduleParent, parentId: number): Promise<number | null> {
  if (parentType === "BACKUPJOB") {
    await authorizeJob(tx, ctx.actor, "MANAGE", parentId);
    return null;
  }
  const vm = await authorizeVmOperation(tx, ctx.actor, "sched-action", parentId);
  return Math.floor(vm.startedAt.getTime() / 1000);
}

/** A scheduled backup may only go to a datastore that its author may use: checked now, and again at each run. */
async function checkArguments(
  tx: Tx,
  ctx: Ctx,
  parentType: ScheduleParent,
  parsed: { action: string; args: string },
): Promise<void> {
  if (parentType !== "VM" || parsed.action !== "backup") return;
  const datastoreId = /^\s*(\d{1,9})\s*(,|$)/.exec(parsed.args)?.[1];
  if (datastoreId === undefined) {
    throw appError("SCHEDULE_INVALID", {
      message: "Missing or malformed ARGS for: backup. Format: datastore-id, reset",
    });
  }
  await authorizeDatastore(tx, ctx.actor, "USE", Number(datastoreId));
}

/** The schedule's row, locked to the end of the transaction. */
export async function lockSchedule(tx: Tx, scheduleId: number) {
  await tx.$queryRaw`SELECT "id" FROM "ScheduledAction" WHERE "id" = ${scheduleId} FOR UPDATE`;
  const row = await tx.scheduledAction.findUnique({ where: { id: scheduleId } });
  if (row === null) throw appError("NOT_FOUND", { object: "scheduled action", id: scheduleId });
  return row;
}

async function record(
  tx: Tx,
  ctx: Ctx,
  parent: { parentType: ScheduleParent; parentId: number },
  what: string,
  scheduleId: number,
): Promise<void> {
  const topic = parent.parentType === "VM" ? "vm" : "job";
  await appendEvent(tx, { topic, objectId: parent.parentId, type: "schedule" });
  await writeAudit(tx, ctx.actor, { what, object: topic, objectId: parent.parentId, data: { scheduleId } });
}
