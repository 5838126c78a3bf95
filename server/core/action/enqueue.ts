import { z } from "zod";
import type { Prisma } from "../../db/client";
import { toJson } from "../../db/json";
import type { Tx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import type { Actor } from "../../domain/actor";
import { writeAudit } from "../audit";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { QUEUED } from "./progress";

export interface NewAction {
  kind: ActionKind;
  actor: Actor;
  input: Prisma.InputJsonObject;
  vmId?: number | null;
  vmName?: string | null;
  imageId?: number | null;
  datastoreId?: number | null;
  /** Whose limit it counts against. */
  hostId?: number | null;
  /** The job's run or the schedule that asked for it. */
  origin?: { job?: { jobId: number; runId: number | null }; schedule?: { scheduleId: number; slot: bigint } };
}

/** Add one operation to the queue, in the transaction that prepared it. The commit wakes the scheduler. */
export async function enqueue(tx: Tx, action: NewAction): Promise<number> {
  const id = await nextId(tx, "action");
  await tx.action.create({
    data: {
      id,
      kind: action.kind,
      vmId: action.vmId ?? null,
      vmName: action.vmName ?? null,
      imageId: action.imageId ?? null,
      datastoreId: action.datastoreId ?? null,
      hostId: action.hostId ?? null,
      actorId: action.actor.userId,
      actorName: action.actor.name,
      input: action.input,
      jobId: action.origin?.job?.jobId ?? null,
      jobRunId: action.origin?.job?.runId ?? null,
      scheduleId: action.origin?.schedule?.scheduleId ?? null,
      slot: action.origin?.schedule?.slot ?? null,
      progress: toJson(QUEUED),
    },
  });
  await writeAudit(tx, action.actor, {
    what: action.kind,
    object: "action",
    objectId: id,
    result: "accepted",
    data: auditData(action),
  });
  await appendEvent(tx, { topic: "action", objectId: id, type: "created" });
  return id;
}

/** Ids only: a restore's input carries whole documents, which the action's own row keeps. */
function auditData(action: NewAction): Prisma.InputJsonObject {
  const { vmId = null, imageId = null, datastoreId = null } = action;
  const point = PointInput.safeParse(action.input);
  return { vmId, imageId, datastoreId, ...(point.success ? { incrementId: point.data.incrementId } : {}) };
}

/** What restores and checks have in their input: which point they are about. */
const PointInput = z.object({ incrementId: z.number().int() });
