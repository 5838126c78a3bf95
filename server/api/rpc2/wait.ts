import type { Ctx } from "../../core/context";
import { isFinal } from "../../domain/states";
import { RpcError } from "./fault";

/**
 * Wait until a run has ended, for calls that the reference answers only then. Bounded: the run goes on when the caller has
 * waited long enough, and the answer says so.
 */
export async function waitForRun(ctx: Ctx, actionId: number, waitMs: number): Promise<{ result: unknown }> {
  const stop = new AbortController();
  const live = ctx.core.bus.subscribe(stop.signal);
  const deadline = ctx.core.clock.monotonicMs() + waitMs;
  let next = live.next();
  try {
    for (;;) {
      const row = await ctx.core.db.action.findUniqueOrThrow({ where: { id: actionId } });
      if (row.state === "DONE") return { result: row.result };
      if (isFinal(row.state as "FAILED")) throw new RpcError("ACTION", row.error ?? `Run ${actionId} was cancelled.`);
      const left = deadline - ctx.core.clock.monotonicMs();
      if (left <= 0) {
        throw new RpcError("ACTION", `The restore goes on as run ${actionId}; the wait of this call is over.`);
      }
      const pause = new AbortController();
      await Promise.race([next, ctx.core.clock.sleep(Math.min(left, 1_000), pause.signal)]);
      pause.abort();
      next = live.next();
    }
  } finally {
    stop.abort();
    await next.catch(() => undefined);
  }
}
