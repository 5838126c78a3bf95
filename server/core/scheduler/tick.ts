import { withTx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { AppError } from "../../domain/errors";
import type { Core } from "../core";
import type { Engine } from "../engine";
import type { Lease } from "../leader/lease";
import { readLimits } from "../settings";
import { transitionAction } from "../transition";
import { planTick, type TickAction, type TickState } from "./plan-tick";

/** What is queued and what runs, in constantly many queries. */
export async function readTickState(core: Core): Promise<TickState & { cancelRequested: number[] }> {
  const rows = await core.db.action.findMany({
    where: { state: { in: ["PENDING", "RUNNING"] } },
    orderBy: { id: "asc" },
    select: { id: true, kind: true, hostId: true, state: true, cancelRequested: true },
  });
  const asTick = (row: (typeof rows)[number]): TickAction => ({
    id: row.id,
    kind: row.kind as ActionKind, // written only by enqueue, which types it
    hostId: row.hostId,
  });
  return {
    pending: rows.filter((row) => row.state === "PENDING").map(asTick),
    running: rows.filter((row) => row.state === "RUNNING").map(asTick),
    cancelRequested: rows.filter((row) => row.cancelRequested !== null).map((row) => row.id),
  };
}

/** One pass of the leader: pass cancel requests on, start what may start within the limits. */
export async function tick(core: Core, engine: Engine, lease: Lease): Promise<void> {
  const state = await readTickState(core);
  for (const actionId of state.cancelRequested) engine.abort(actionId);
  const plan = planTick(state, await readLimits(core.db));
  for (const actionId of plan.start) {
    if (await claim(core, actionId, lease)) await tryTo(core, actionId, () => engine.start(actionId));
  }
  // Claimed, and then not started: we or the database failed between the two.
  const here = new Set(engine.running());
  for (const { id } of state.running) if (!here.has(id)) await tryTo(core, id, () => engine.startClaimed(id));
}

/** One run that cannot be started must not hold back the others; the next pass tries it again. */
async function tryTo(core: Core, actionId: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    core.log.error({ err: error, actionId }, "a run could not be started");
  }
}

/** Compare-and-set from PENDING to RUNNING; false when somebody cancelled or claimed it meanwhile. */
async function claim(core: Core, actionId: number, lease: Lease): Promise<boolean> {
  try {
    await withTx(core.db, (tx) =>
      transitionAction(tx, { id: actionId, state: "PENDING" }, "start", {
        fence: lease.fence,
        startedAt: new Date(core.clock.now()),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "ACTION_WRONG_STATE") return false;
    throw error;
  }
}

/** A new leader takes up everything that is marked as running and does not run anywhere. */
export async function recover(core: Core, engine: Engine, lease: Lease): Promise<void> {
  const rows = await core.db.action.findMany({
    where: { state: "RUNNING" },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  for (const { id } of rows) {
    core.log.info({ actionId: id }, "taking up an interrupted operation");
    await engine.resume(id, lease.fence);
  }
}
