import { loop } from "../../lib/loop";
import type { Core } from "../core";
import { pollHost } from "./poll";

const LOOK_EVERY_MS = 2_000;
const POLL_EVERY_MS = 10_000;
/** A host without libvirt, or that is away, is asked less often: each try costs an ssh connection. */
const RETRY_EVERY_MS = 60_000;
/** A host whose guests ran is asked sooner, so that they are shown as they are. */
const RETRY_RUNNING_MS = 10_000;
/** Longer than a restart of libvirtd or a lost connection; then running VMs become UNKNOWN. */
const LOST_AFTER = 3;
const POLL_MS = 30_000;

interface Watch {
  nextAt: number;
  failures: number;
  isBusy: boolean;
}

/**
 * Keep the states of VMs true: one driver call a host and interval, on the node that leads. Hosts do not wait for each
 * other. Hosts without VMs are not asked.
 */
export function startHostMonitor(core: Core, isLeader: () => boolean): { stop(): Promise<void> } {
  const stop = new AbortController();
  const watches = new Map<number, Watch>();
  const polls = new Set<Promise<void>>();

  async function look(): Promise<void> {
    if (!isLeader()) return;
    const rows = await core.db.vm.groupBy({
      by: ["hostId", "state"],
      where: { state: { in: ["RUNNING", "POWEROFF", "UNKNOWN"] } },
    });
    const running = new Set(rows.filter(({ state }) => state !== "POWEROFF").map(({ hostId }) => hostId));
    const now = core.clock.monotonicMs();
    for (const hostId of new Set(rows.map((row) => row.hostId))) {
      const watch = watches.get(hostId) ?? { nextAt: 0, failures: 0, isBusy: false };
      watches.set(hostId, watch);
      if (watch.isBusy || now < watch.nextAt) continue;
      watch.isBusy = true;
      const poll = ask(hostId, watch, running.has(hostId)).finally(() => {
        watch.isBusy = false;
        polls.delete(poll);
      });
      polls.add(poll);
    }
  }

  async function ask(hostId: number, watch: Watch, hasRunning: boolean): Promise<void> {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(POLL_MS)]);
    const isLost = watch.failures + 1 >= LOST_AFTER;
    const isOk = await pollHost(core, hostId, signal, isLost).then(
      (result) => result.isOk,
      (error: unknown) => {
        if (!stop.signal.aborted) core.log.warn({ err: error, hostId }, "a host could not be asked");
        return false;
      },
    );
    watch.failures = isOk ? 0 : watch.failures + 1;
    const wait = isOk ? POLL_EVERY_MS : hasRunning ? RETRY_RUNNING_MS : RETRY_EVERY_MS;
    watch.nextAt = core.clock.monotonicMs() + wait;
  }

  const running = loop(look, LOOK_EVERY_MS, stop.signal, {
    onError: (error) => core.log.warn({ err: error }, "host monitor"),
  });
  return {
    async stop() {
      stop.abort();
      await running;
      await Promise.allSettled(polls);
    },
  };
}
