import type { RunAttempt } from "../../domain/action";
import type { ActionState } from "../../domain/states";
import type { Ctx } from "../context";
import { getAction, visibleActions } from "./queries";

const MOST = 50;

/**
 * All attempts of what a run was to do, oldest first, itself among them: repeats that somebody asked for, and those of the same run
 * of its job. One alone when it was never repeated.
 */
export async function listAttempts(ctx: Ctx, actionId: number): Promise<RunAttempt[]> {
  const { kind, vmId } = await getAction(ctx, actionId);
  const { db } = ctx.core;
  const run = await db.action.findUniqueOrThrow({
    where: { id: actionId },
    select: { attemptOf: true, jobRunId: true },
  });
  const first = run.attemptOf ?? actionId;
  const ofJob = run.jobRunId === null || vmId === null ? [] : [{ jobRunId: run.jobRunId, vmId, kind }];
  const rows = await db.action.findMany({
    where: { AND: [await visibleActions(ctx), { OR: [{ id: first }, { attemptOf: first }, ...ofJob] }] },
    orderBy: { id: "desc" },
    take: MOST,
    select: { id: true, state: true, createdAt: true, startedAt: true, endedAt: true, error: true, actorName: true },
  });
  return rows.reverse().map((row) => ({
    actionId: row.id,
    state: row.state as ActionState, // written only by transitionAction
    at: (row.startedAt ?? row.createdAt).getTime(),
    endedAt: row.endedAt?.getTime() ?? null,
    error: row.error,
    actorName: row.actorName,
  }));
}
