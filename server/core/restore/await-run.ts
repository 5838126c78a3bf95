import { SYSTEM_ACTOR } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { type ActionState, isFinal } from "../../domain/states";
import { cancelAction } from "../action/cancel";
import type { Run } from "../action/handler";

/** How often the other run is looked at. */
const LOOK_MS = 500;

/**
 * Wait until another run has ended. A cancel of this one cancels that one as well.
 * @throws AppError CANCELLED
 */
export async function awaitRun(
  run: Run,
  actionId: number,
): Promise<{ state: ActionState; error: string | null; result: unknown }> {
  const { db, clock } = run.core;
  let isTold = false;
  for (;;) {
    const row = await db.action.findUnique({ where: { id: actionId } });
    const state = (row?.state ?? "FAILED") as ActionState; // written only by transitionAction
    if (isFinal(state)) {
      if (run.signal.aborted) throw appError("CANCELLED");
      return { state, error: row === null ? "its run is gone" : row.error, result: row?.result ?? null };
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
