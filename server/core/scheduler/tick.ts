import { withTx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { AppError } from "../../domain/errors";
import { planTick, type TickAction, type TickState } from "../../domain/schedule/plan-tick";
import type { Core } from "../core";
import type { Engine } from "../engine";
import { beginFlatten } from "../flatten/begin";
import { flattenBlocker } from "../flatten/blocker";
import type { Lease } from "../leader/lease";
import { readLimits } from "../settings";
import { transitionAction } from "../transition";

/** What is queued and what runs, in constantly many queries. */
export async function readTickState(
  core: Core,
): Promise<TickState & { runningOn: { id: number; node: string | null }[] }> {
  const rows = await core.db.action.findMany({
    where: { state: { in: ["PENDING", "RUNNING"] } },
    orderBy: { id: "asc" },
    select: { id: true, kind: true, hostId: true, state: true, node: true, vmId: true, imageId: true },
  });
  const asTick = (row: (typeof rows)[number]): TickAction => ({
    id: row.id,
    kind: row.kind as ActionKind, // written only by enqueue, which types it
    hostId: row.hostId,
    blockedBy: flattenBlocker(row, rows),
  });
  return {
    pending: rows.filter((row) => row.state === "PENDING").map(asTick),
    running: rows.filter((row) => row.state === "RUNNING").map(asTick),
    runningOn: rows.filter((row) => row.state === "RUNNING").map(({ id, node }) => ({ id, node })),
  };
}

/** Pass cancel requests on to what runs here: each node does it for its own runs. */
export async function passCancels(core: Core, engine: Engine): Promise<void> {
  const here = engine.running();
  if (here.length === 0) return;
  const rows = await core.db.action.findMany({
    where: { id: { in: here }, cancelRequested: { not: null } },
    select: { id: true },
  });
  for (const { id } of rows) engine.abort(id);
}

/** One pass of the leader: start what may start within the limits, take over what a dead node has left. */
export async function tick(core: Core, engine: Engine, lease: Lease, isDead: (node: string) => boolean): Promise<void> {
  const state = await readTickState(core);
  const plan = planTick(state, await readLimits(core.db));
  for (const actionId of plan.start) {
    if (await claim(core, actionId, lease)) await tryTo(core, actionId, () => engine.start(actionId));
  }
  const here = new Set(engine.running());
  for (const { id, node } of state.runningOn) {
    if (here.has(id)) continue;
    const isOurs = node === null || node === core.config.nodeName;
    // Claimed, and then not started: we or the database failed between the two.
    if (isOurs) await tryTo(core, id, () => engine.startClaimed(id));
    else if (isDead(node)) await tryTo(core, id, () => takeOver(core, engine, lease, { id, node }));
  }
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
    return await withTx(core.db, async (tx) => {
      if (!(await beginFlatten(tx, core, actionId))) return false;
      await transitionAction(tx, { id: actionId, state: "PENDING" }, "start", {
        fence: lease.fence,
        node: core.config.nodeName,
        startedAt: new Date(core.clock.now()),
      });
      return true;
    });
  } catch (error) {
    if (error instanceof AppError && error.code === "ACTION_WRONG_STATE") return false;
    throw error;
  }
}

/**
 * A run of a dead node becomes ours: first its row, by compare-and-set, so that the old node can no longer record it if it
 * comes back; then its workflow goes on from the step that was interrupted.
 */
async function takeOver(core: Core, engine: Engine, lease: Lease, run: { id: number; node: string }): Promise<void> {
  const { count } = await core.db.action.updateMany({
    where: { id: run.id, state: "RUNNING", node: run.node },
    data: { node: core.config.nodeName, fence: lease.fence },
  });
  if (count !== 1) return;
  core.log.warn({ actionId: run.id, node: run.node }, "taking over a run of a node that is silent");
  await engine.resume(run.id, lease.fence);
}

/** After a change of leader: what is marked as running here and does not run. A restarted node takes its own up again. */
export async function recover(core: Core, engine: Engine, lease: Lease): Promise<void> {
  const rows = await core.db.action.findMany({
    where: { state: "RUNNING", OR: [{ node: core.config.nodeName }, { node: null }] },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  for (const { id } of rows) {
    core.log.info({ actionId: id }, "taking up an interrupted operation");
    await engine.resume(id, lease.fence);
  }
}
