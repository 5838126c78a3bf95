import { withTx } from "../../db/tx";
import type { ActionKind, ActionProgress } from "../../domain/action";
import type { Actor } from "../../domain/actor";
import { AppError, appError, ERRORS, type ErrorCode, reasonOf } from "../../domain/errors";
import type { ActionState } from "../../domain/states";
import { attempt, type Outcome } from "../../lib/outcome";
import type { Core } from "../core";
import { patiently } from "../patience";
import { transitionAction } from "../transition";
import { loadActor } from "../user/actor";
import { abandonAction } from "./abandon";
import type { ActionHandler, Run, RunningAction } from "./handler";
import { createRunLog } from "./log";
import { createProgress } from "./progress";

/** Runs a step durably; the engine's is DBOS, tests may run it straight. */
export type StepRunner = (name: string, work: () => Promise<string>) => Promise<string>;

export type Handlers = Record<ActionKind, ActionHandler<unknown>>;

/**
 * Carry out one action from its row to its final state. Called by the engine, and called again after a crash: finished
 * steps answer from the store, the interrupted one is repeated.
 *
 * An outcome is a value: work, then clean-up (told the outcome), then one transaction that records it.
 */
export async function executeAction(
  core: Core,
  handlers: Handlers,
  actionId: number,
  durable: StepRunner,
  signal: AbortSignal,
): Promise<void> {
  const row = await patiently(core.clock, () => core.db.action.findUniqueOrThrow({ where: { id: actionId } }));
  if (row.state !== "RUNNING") return; // recorded before the crash
  // What a step does can be repeated, so that it outlives an outage of the database.
  const step = <T>(name: string, work: () => Promise<T>) =>
    durableStep(durable, name, () => patiently(core.clock, work));
  // A step, because a repeat after a crash must take the same way, also when the user was disabled meanwhile.
  const actor = await attempt(() => step("actor", () => activeActor(core, row)));
  const action: RunningAction = {
    id: row.id,
    kind: row.kind as ActionKind, // written only by enqueue, which types it
    actor: actor.ok ? actor.value : { userId: row.actorId, name: row.actorName, groupIds: [], isAdmin: false },
    vmId: row.vmId,
    imageId: row.imageId,
    datastoreId: row.datastoreId,
    input: row.input,
  };
  const run: Run = {
    core,
    action,
    signal,
    progress: createProgress(core, actionId, row.progress as unknown as ActionProgress),
    log: createRunLog(core, actionId),
    step,
  };
  const handler = handlers[action.kind];
  const worked = actor.ok ? await attempt(() => handler.work(run)) : actor;
  await conclude(run, handler, worked);
  await run.progress.finish();
  await run.log.flush();
}

/** Who asked, with the rights of the start. A run of somebody who is gone must not begin. */
async function activeActor(core: Core, row: { actorId: number; actorName: string }): Promise<Actor> {
  try {
    return await loadActor(core.db, row.actorId);
  } catch (error) {
    if (error instanceof AppError) throw appError("ACTOR_GONE", { name: row.actorName });
    throw error;
  }
}

/**
 * Clean-up, then the record. Work that succeeded and cannot be recorded has failed: what it made is removed, because
 * nothing may exist that the inventory does not know. When even the failure cannot be recorded, the run is abandoned:
 * it ends, and what it held is released.
 */
async function conclude(run: Run, handler: ActionHandler<unknown>, worked: Outcome<unknown>): Promise<void> {
  if (!worked.ok) run.log.add(isCancel(worked) ? "INFO" : "ERROR", reasonOf(worked.error));
  const cleaned = await attempt(() => handler.cleanUp(run, worked));
  if (!cleaned.ok) run.log.add("WARN", `clean-up: ${reasonOf(cleaned.error)}`);
  const recorded = await attempt(() => run.step("record", () => recordOutcome(run, handler, worked)));
  if (recorded.ok) return;
  run.core.log.error({ err: recorded.error, actionId: run.action.id }, "the outcome of a run cannot be recorded");
  if (worked.ok) {
    const message = `The work was done but could not be recorded, and was removed again: ${reasonOf(recorded.error)}`;
    return await conclude(run, handler, { ok: false, error: appError("INTERNAL", { message }) });
  }
  await run.step("abandon", async () => {
    await abandonAction(run.core, run.action.id, reasonOf(worked.error));
    return null;
  });
}

async function recordOutcome(run: Run, handler: ActionHandler<unknown>, worked: Outcome<unknown>): Promise<null> {
  await run.log.flush();
  await withTx(run.core.db, async (tx) => {
    const row = await tx.action.findUniqueOrThrow({
      where: { id: run.action.id },
      select: { id: true, state: true, node: true },
    });
    // We were thought dead, and another node has taken this run over: what it does is what counts.
    if (row.node !== null && row.node !== run.core.config.nodeName) return;
    if ((row.state as ActionState) !== "RUNNING") return; // this very step ran before and its answer was lost
    const recorded = await handler.record(tx, run, worked);
    await transitionAction(tx, row, worked.ok ? "succeed" : isCancel(worked) ? "cancel" : "fail", {
      endedAt: new Date(run.core.clock.now()),
      error: worked.ok || isCancel(worked) ? null : reasonOf(worked.error),
      result: recorded.result ?? {},
      bytes: recorded.bytes ?? null,
      warnings: recorded.warnings ?? [],
      ...(recorded.imageId === undefined ? {} : { imageId: recorded.imageId }),
    });
  });
  return null;
}

function isCancel(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && outcome.error instanceof AppError && outcome.error.code === "CANCELLED";
}

type StoredOutcome<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; data: unknown };

/** Failures are stored as values: a class does not survive the store, and a failed step must not run again either. */
async function durableStep<T>(durable: StepRunner, name: string, work: () => Promise<T>): Promise<T> {
  const stored = await durable(name, async () => {
    const outcome = await attempt(work);
    const toStore: StoredOutcome<T> = outcome.ok
      ? { ok: true, value: outcome.value }
      : outcome.error instanceof AppError
        ? { ok: false, code: outcome.error.code, data: outcome.error.data }
        : { ok: false, code: "INTERNAL", data: { message: reasonOf(outcome.error) } };
    return JSON.stringify(toStore);
  });
  const outcome = JSON.parse(stored) as StoredOutcome<T>; // written a few lines above
  if (outcome.ok) return outcome.value;
  throw new AppError(outcome.code in ERRORS ? outcome.code : "INTERNAL", outcome.data);
}
