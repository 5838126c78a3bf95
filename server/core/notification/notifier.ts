import { loop } from "../../lib/loop";
import type { Core } from "../core";
import { lookForLate, lookForSilence } from "./dead-man";
import { deliverDue } from "./deliver";
import { routeOutbox } from "./route";

const LOOK_EVERY_MS = 5_000;
const LATE_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 60 * 60_000;
/** A fact that is gone may be told again: a VM that is still late then is late news for the third time. */
const FACT_DAYS = 30;
const LOG_DAYS = 90;
const DAY_MS = 86_400_000;

/**
 * Alarms and deliveries, on the node that leads; apart from the scheduler, so that a mail server that does not answer
 * holds nothing up. While the scheduler is silent every node does it: the leader may be what is broken, and claims keep
 * two nodes from sending the same.
 */
export function startNotifier(core: Core, isLeader: () => boolean): { stop(): Promise<void> } {
  const stop = new AbortController();
  let lateAt: number | null = null;
  let prunedAt: number | null = null;

  const isTime = (last: number | null, everyMs: number) => last === null || core.clock.monotonicMs() - last >= everyMs;

  async function look(): Promise<void> {
    const isSilent = await lookForSilence(core);
    if (!isLeader() && !isSilent) return;
    if (isTime(lateAt, LATE_EVERY_MS)) {
      lateAt = core.clock.monotonicMs();
      await lookForLate(core);
    }
    await routeOutbox(core);
    await deliverDue(core, stop.signal);
    if (!isTime(prunedAt, PRUNE_EVERY_MS)) return;
    prunedAt = core.clock.monotonicMs();
    await forget(core);
  }

  const running = loop(look, LOOK_EVERY_MS, stop.signal, {
    onError: (error) => core.log.warn({ err: error }, "notifications"),
  });
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function forget(core: Core): Promise<void> {
  const before = (days: number) => new Date(core.clock.now() - days * DAY_MS);
  await core.db.notification.deleteMany({ where: { at: { lt: before(FACT_DAYS) } } });
  await core.db.notificationDelivery.deleteMany({ where: { createdAt: { lt: before(LOG_DAYS) } } });
}
