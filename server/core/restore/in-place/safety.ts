import { z } from "zod";
import { SYSTEM_ACTOR } from "../../../domain/actor";
import { appError } from "../../../domain/errors";
import { type ActionState, isFinal } from "../../../domain/states";
import { cancelAction } from "../../action/cancel";
import type { Run } from "../../action/handler";

/** How often the other run is looked at. */
const LOOK_MS = 500;

const Result = z.object({ imageId: z.number().int(), incrementId: z.number().int() });
export type SafetyPoint = z.infer<typeof Result>;

/**
 * Wait until the run that makes the safety point has ended; the point, for the way back. A cancel of this run cancels
 * that one as well.
 * @throws AppError CANCELLED, RESTORE_CONFLICT when there is no safety point: nothing was overwritten
 */
export async function awaitSafetyPoint(run: Run, actionId: number): Promise<SafetyPoint> {
  const { db, clock } = run.core;
  let isTold = false;
  for (;;) {
    const row = await db.action.findUnique({ where: { id: actionId } });
    const state = (row?.state ?? "FAILED") as ActionState;
    if (isFinal(state)) {
      if (run.signal.aborted) throw appError("CANCELLED");
      const point = Result.safeParse(row?.result);
      if (state === "DONE" && point.success) return point.data;
      const why = state === "CANCELLED" ? "it was cancelled" : (row?.error ?? "its run is gone");
      const message = `The safety point of run ${actionId} was not made: ${why}. Nothing was overwritten.`;
      throw appError("RESTORE_CONFLICT", { message });
    }
    if (run.signal.aborted && !isTold) {
      isTold = true;
      const own = await db.action.findUnique({ where: { id: run.action.id }, select: { cancelRequested: true } });
      if (own?.cancelRequested == null) throw appError("CANCELLED"); // we stop, and go on waiting at the next start
      await cancelAction({ core: run.core, actor: SYSTEM_ACTOR }, actionId);
    }
    await (isTold ? clock.sleep(LOOK_MS) : clock.sleep(LOOK_MS, run.signal));
  }
}
