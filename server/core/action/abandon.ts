import { withTx } from "../../db/tx";
import { attempt } from "../../lib/outcome";
import type { Core } from "../core";
import { transitionAction } from "../transition";
import { releaseAction } from "./release";

/**
 * End a run that can neither go on nor record its outcome: FAILED with `reason`, and what it held is released. The state
 * alone is written when even the release is impossible, so that no run stays RUNNING for ever.
 */
export async function abandonAction(core: Core, actionId: number, reason: string): Promise<void> {
  const end = (isReleasing: boolean) =>
    withTx(core.db, async (tx) => {
      const row = await tx.action.findUnique({ where: { id: actionId } });
      if (row === null || row.state !== "RUNNING") return;
      if (isReleasing) await releaseAction(tx, row, reason);
      await transitionAction(tx, row, "fail", { endedAt: new Date(core.clock.now()), error: reason });
    });
  const released = await attempt(() => end(true));
  if (released.ok) return;
  core.log.error({ err: released.error, actionId }, "what a failed run held cannot be released");
  await end(false);
}
