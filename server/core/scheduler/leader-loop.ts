import { AsyncResource } from "node:async_hooks";
import type { PrismaClient } from "../../db/client";
import { loop } from "../../lib/loop";
import type { Core } from "../core";
import type { Engine } from "../engine";
import { type Lease, notePass, RENEW_MS } from "../leader/lease";
import { startPresence } from "../leader/presence";
import { verifyTick } from "../verification/policy";
import { jobTick } from "./job-tick";
import { prune } from "./prune";
import { passCancels, recover, tick } from "./tick";

const PRUNE_EVERY_MS = 60 * 60_000;
/** Checks of stored points are in no hurry, and looking for what is due reads every backup of a datastore. */
const VERIFY_EVERY_MS = 30_000;
/** How often the lease is told that passes end: often enough for an alarm after a minute, seldom enough to cost nothing. */
const NOTE_EVERY_MS = 10_000;

/**
 * Tick every few seconds and whenever something was queued. Passes never overlap; a wake during a pass causes one more. A
 * node without the lease only looks after its own runs.
 */
export async function startLeaderLoop(
  core: Core,
  engine: Engine,
  presenceDb: PrismaClient,
  onLeader: (lease: Lease | null) => void,
) {
  const stop = new AbortController();
  let recovered: bigint | null = null;
  let isRunning = false;
  let isWanted = false;
  let passing: Promise<void> = Promise.resolve();
  let prunedAt: number | null = null;
  let notedAt: number | null = null;
  let verifiedAt: number | null = null;

  async function pass(): Promise<void> {
    await passCancels(core, engine);
    const lease = presence.lease();
    if (lease === null) return;
    if (recovered !== lease.fence) await recover(core, engine, lease);
    recovered = lease.fence;
    await attempt("jobs and schedules", () => jobTick(core));
    if (isOver(verifiedAt, VERIFY_EVERY_MS)) {
      verifiedAt = core.clock.monotonicMs();
      await attempt("scheduled verification", () => verifyTick(core));
    }
    await tick(core, engine, lease, presence.isDead);
    const at = core.clock.monotonicMs();
    if (notedAt === null || at - notedAt >= NOTE_EVERY_MS) {
      await notePass(core.db, lease);
      notedAt = at;
    }
    if (prunedAt !== null && at - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = at; // also after a failure: tried again in an hour, not every two seconds
    core.log.debug(await prune(core.db), "old events, logs and runs removed");
  }

  /** What is scheduled comes first, because what it queues starts in this pass; its failure must not stop the pass. */
  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      core.log.error({ err: error }, `${what} could not be looked at`);
    }
  }

  function isOver(since: number | null, ms: number): boolean {
    return since === null || core.clock.monotonicMs() - since >= ms;
  }

  /** Whoever calls waits for the pass that is under way, or for the one that begins. */
  function runNow(): Promise<void> {
    isWanted = true;
    if (!isRunning) passing = runWanted();
    return passing;
  }

  async function runWanted(): Promise<void> {
    isRunning = true;
    try {
      while (isWanted && !stop.signal.aborted) {
        isWanted = false;
        await pass();
      }
    } catch (error) {
      core.log.error({ err: error }, "scheduler pass failed");
    } finally {
      isRunning = false;
    }
  }

  const presence = await startPresence(core, presenceDb, (lease) => {
    onLeader(lease);
    void runNow();
  });
  const running = loop(runNow, RENEW_MS, stop.signal, {
    onError: (error) => core.log.error({ err: error }, "scheduler loop"),
  });

  return {
    // In the loop's own context: a run that ends wakes us from inside its workflow, and what DBOS starts there becomes a
    // child of that workflow, refused when the parent has just ended.
    wake: AsyncResource.bind(() => void runNow()),
    /** No pass after this; the lease stays ours. */
    async stop() {
      stop.abort();
      await running;
      await presence.stop();
      await passing; // one that a wake or the lease has begun
    },
    /** Let another node lead: only when nothing runs here any more, because it takes up what is RUNNING. */
    async release() {
      await presence.release();
    },
  };
}
