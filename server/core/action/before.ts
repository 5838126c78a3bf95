import type { RunBefore } from "../../domain/run-deltas";
import type { Ctx } from "../context";
import { getAction, visibleActions } from "./queries";

/** Runs that are looked through for one of the same sort. */
const LOOK_BACK = 40;

/**
 * The good backup of the same VM and sort (full, increment) before a good backup; null for every other run, and when there
 * was none of late.
 */
export async function readRunBefore(ctx: Ctx, actionId: number): Promise<RunBefore | null> {
  const run = await getAction(ctx, actionId);
  const { incrementId } = run.result;
  if (run.kind !== "backup" || run.state !== "DONE" || run.vmId === null || incrementId === undefined) return null;
  const rows = await ctx.core.db.action.findMany({
    where: {
      AND: [await visibleActions(ctx), { vmId: run.vmId, kind: "backup", state: "DONE", id: { lt: actionId } }],
    },
    orderBy: { createdAt: "desc" },
    take: LOOK_BACK,
    select: { id: true, startedAt: true, endedAt: true, bytes: true, result: true },
  });
  for (const { id, startedAt, endedAt, bytes, result } of rows) {
    const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
    const increment = isObject ? result["incrementId"] : undefined;
    const isAlike = typeof increment === "number" && (increment === 0) === (incrementId === 0);
    if (!isAlike || startedAt === null || endedAt === null || bytes === null) continue;
    const ms = endedAt.getTime() - startedAt.getTime();
    return { actionId: id, endedAt: endedAt.getTime(), bytes: Number(bytes), ms };
  }
  return null;
}
