import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Logger } from "pino";
import { reasonOf } from "../domain/errors";
import { abandonAction } from "./action/abandon";
import { executeAction, type Handlers, type StepRunner } from "./action/execute";
import type { Core } from "./core";
import { patiently } from "./patience";

const WORKFLOW = "runAction";
/** After this long, drivers that still clean up at shutdown are killed with the process. */
const STOP_MS = 8_000;
const GIVE_UP_RETRY_MS = 5_000;

/**
 * Durable execution on DBOS: one workflow an action, its id `action-<id>`, so that starting it twice starts it once.
 * After a crash the same node takes its workflows up again at launch; a new leader resumes those of a dead node.
 *
 * Stopping is not failing: when the node stops, running steps are aborted (drivers clean up), but their outcome is
 * dropped, so that the next start repeats the step instead of reading a failure that nobody caused.
 */
export interface Engine {
  start(actionId: number): Promise<void>;
  /** Start a run that was claimed and does not run: unless its workflow is under way, here or elsewhere. */
  startClaimed(actionId: number): Promise<void>;
  /** Take up a running action whose node may be gone; does nothing when it runs already. */
  resume(actionId: number, fence: bigint): Promise<void>;
  /** Abort the action's signal; false when it does not run on this node. */
  abort(actionId: number): boolean;
  /** Ids that run on this node. */
  running(): number[];
  stop(): Promise<void>;
}

/** Stands around each durable step: fault tests die there. Its own result is that of `work`. */
export type AroundStep = (step: { kind: string; name: string }, work: () => Promise<string>) => Promise<string>;

const STRAIGHT: AroundStep = (_step, work) => work();

export async function launchEngine(
  core: Core,
  handlers: Handlers,
  url: string,
  around: AroundStep = STRAIGHT,
): Promise<Engine> {
  const controllers = new Map<number, AbortController>();
  /** What runs inside steps now; a stop waits for these, because the workflows around them never end then. */
  const steps = new Set<Promise<unknown>>();
  let isStopping = false;

  async function durable(name: string, work: () => Promise<string>): Promise<string> {
    if (isStopping) return await never();
    return await DBOS.runStep(
      async () => {
        const working = work();
        steps.add(working);
        try {
          const result = await working;
          return isStopping ? await never<string>() : result;
        } finally {
          steps.delete(working);
        }
      },
      { name },
    );
  }

  async function runAction(actionId: number): Promise<void> {
    const controller = controllers.get(actionId) ?? new AbortController();
    controllers.set(actionId, controller);
    try {
      const row = await patiently(core.clock, () => adopt(actionId));
      if (row?.cancelRequested != null) controller.abort();
      const kind = row?.kind ?? "";
      const step: StepRunner = (name, work) => durable(name, () => around({ kind, name }, work));
      await executeAction(core, handlers, actionId, step, controller.signal);
    } catch (error) {
      if (isStopping) return await never();
      await giveUp(actionId, error);
    } finally {
      controllers.delete(actionId);
    }
    core.wake();
  }

  /** Whichever node the workflow goes on at, its row says so: only that node may record the outcome. */
  async function adopt(actionId: number) {
    await core.db.action.updateMany({
      where: { id: actionId, state: "RUNNING" },
      data: { node: core.config.nodeName },
    });
    return await core.db.action.findUnique({ where: { id: actionId }, select: { cancelRequested: true, kind: true } });
  }

  /** Neither work nor record nor abandon went through. Without this the run would stay RUNNING until a restart. */
  async function giveUp(actionId: number, cause: unknown): Promise<void> {
    core.log.error({ err: cause, actionId }, "a run ended without an outcome");
    while (!isStopping) {
      try {
        return await abandonAction(core, actionId, reasonOf(cause));
      } catch (error) {
        core.log.error({ err: error, actionId }, "a run cannot be ended; trying again");
        await core.clock.sleep(GIVE_UP_RETRY_MS);
      }
    }
    return await never();
  }

  const workflow = DBOS.registerWorkflow(runAction, { name: WORKFLOW });
  DBOS.setConfig({
    name: "strata",
    systemDatabaseUrl: withIdleLimit(url),
    executorID: core.config.nodeName,
    applicationVersion: "strata-1",
    systemDatabaseIdleTransactionTimeoutMs: 0,
    logger: quietLogger(core.log),
  });
  await DBOS.launch();

  async function start(workflowID: string, actionId: number): Promise<void> {
    await DBOS.startWorkflow(workflow, { workflowID })(actionId);
  }

  return {
    start: (actionId) => start(`action-${actionId}`, actionId),
    async startClaimed(actionId) {
      if (controllers.has(actionId)) return;
      const id = `action-${actionId}`;
      const status = await DBOS.getWorkflowStatus(id);
      if (status === null) return await start(id, actionId);
      // It ended, and the run did not: as when the database went away between the two.
      if (status.status !== "PENDING" && status.status !== "ENQUEUED")
        await start(`${id}-again-${core.clock.now()}`, actionId);
    },
    async resume(actionId, fence) {
      if (controllers.has(actionId)) return;
      const id = `action-${actionId}`;
      const status = await DBOS.getWorkflowStatus(id);
      if (status === null) return await start(id, actionId);
      if (status.status !== "PENDING" && status.status !== "ENQUEUED") {
        // Its workflow ended without recording the outcome: run it again, every step is idempotent.
        return await start(`${id}-fence-${fence}`, actionId);
      }
      if (status.executorId !== core.config.nodeName) await DBOS.resumeWorkflow(id);
    },
    abort(actionId) {
      const controller = controllers.get(actionId);
      controller?.abort();
      return controller !== undefined;
    },
    running: () => [...controllers.keys()],
    async stop() {
      isStopping = true;
      for (const controller of controllers.values()) controller.abort();
      const deadline = new AbortController();
      await Promise.race([Promise.allSettled(steps), core.clock.sleep(STOP_MS, deadline.signal)]);
      deadline.abort();
      // Registered again by the next launch in this process: tests restart a core, a development server reloads one.
      await DBOS.shutdown({ workflowCompletionTimeoutMS: 1, deregister: true });
    },
  };
}

/**
 * A transaction that is left open is ended by the server after a minute. DBOS would ask for that with a query on each
 * new connection that it does not wait for, and pg warns of it; given in the URL it comes with the connection.
 */
function withIdleLimit(url: string): string {
  const limited = new URL(url);
  if (!limited.searchParams.has("options")) {
    limited.searchParams.set("options", "-c idle_in_transaction_session_timeout=60000");
  }
  return limited.href;
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** DBOS speaks of its own start and queues at info; that is debug to an operator. */
function quietLogger(log: Logger) {
  const write = (level: "debug" | "warn" | "error") => (entry: unknown) => log[level]({ dbos: entry }, "engine");
  return { info: write("debug"), debug: write("debug"), warn: write("warn"), error: write("error") };
}
