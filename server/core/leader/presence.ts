import type { PrismaClient } from "../../db/client";
import { loop } from "../../lib/loop";
import type { Core } from "../core";
import { acquireLease, LEASE_MS, type Lease, RENEW_MS, releaseLease } from "./lease";
import { announce, beat, createNodeWatch } from "./nodes";

/** A lease is used no longer than this after it was asked for: the request itself may have taken a while. */
const USABLE_MS = LEASE_MS - 1_000;

export interface Presence {
  /** The lease while it is surely ours, else null. */
  lease(): Lease | null;
  isDead(node: string): boolean;
  stop(): Promise<void>;
  /** Let another node lead: only when nothing runs here any more. */
  release(): Promise<void>;
}

/**
 * Keep this node's beat and the lease, apart from all other work, so that a long pass of the scheduler costs neither.
 * `onLeader` is told when leadership comes or goes.
 * @param db with connections of its own: behind the work of a busy node the renewal would come too late
 */
export async function startPresence(
  core: Core,
  db: PrismaClient,
  onLeader: (lease: Lease | null) => void,
): Promise<Presence> {
  const { nodeName, version } = core.config;
  const stop = new AbortController();
  const watch = createNodeWatch();
  let held: { lease: Lease; usableUntil: number } | null = null;
  let told: bigint | null = null;

  const lease = () => (held !== null && core.clock.monotonicMs() < held.usableUntil ? held.lease : null);

  async function keep(): Promise<void> {
    const askedAt = core.clock.monotonicMs();
    try {
      watch.observe(await beat(db, nodeName, version), askedAt);
      const got = await acquireLease(db, nodeName);
      held = got === null ? null : { lease: got, usableUntil: askedAt + USABLE_MS };
    } finally {
      const now = lease();
      if ((now?.fence ?? null) !== told) {
        told = now?.fence ?? null;
        onLeader(now);
      }
    }
  }

  await announce(db, nodeName, version);
  const running = loop(keep, RENEW_MS, stop.signal, {
    onError: (error) => core.log.error({ err: error }, "this node cannot be heard: the database is away"),
  });
  return {
    lease,
    isDead: watch.isDead,
    async stop() {
      stop.abort();
      await running;
    },
    release: () => releaseLease(db, nodeName),
  };
}
