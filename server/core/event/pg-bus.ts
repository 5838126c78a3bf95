import { EventEmitter, on } from "node:events";
import { Client } from "pg";
import type { Logger } from "pino";
import type { PrismaClient } from "../../db/client";
import type { LiveMessage } from "../../domain/event";
import type { Clock } from "../../lib/clock";
import { NOTIFY_CHANNEL } from "./append";
import type { Gap, LiveBus } from "./bus";

const RECONNECT_MS = 1_000;
/** A server that takes the connection and says nothing is tried again. */
const CONNECT_MS = 10_000;
/** PostgreSQL refuses notifications of 8000 bytes and more. */
const MAX_PAYLOAD_BYTES = 7_500;

const GAP: Gap = { kind: "gap" };

/**
 * The live bus over LISTEN/NOTIFY: what any node publishes reaches the subscribers of every node. A lost connection
 * is taken up again, and subscribers are told that there was a gap: `watch.ts` reads what was stored meanwhile.
 */
export function createPgBus(deps: { url: string; db: PrismaClient; clock: Clock; log: Logger }) {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const stop = new AbortController();
  let client: Client | null = null;

  async function listen(): Promise<void> {
    const next = new Client({
      connectionString: deps.url,
      application_name: "strata-live",
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true, // nothing is sent here for hours: a peer that vanished is noticed by the kernel alone
    });
    const ended = new Promise<void>((resolve) => {
      next.on("error", () => resolve());
      next.on("end", () => resolve());
    });
    next.on("notification", ({ payload }) => {
      if (payload !== undefined) emitter.emit("message", JSON.parse(payload) as LiveMessage); // written by ourselves
    });
    await next.connect();
    await next.query(`LISTEN ${NOTIFY_CHANNEL}`);
    client = next;
    emitter.emit("connected");
    emitter.emit("message", GAP);
    await ended;
    client = null;
  }

  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await listen();
      } catch (error) {
        deps.log.warn({ err: error }, "live bus: connection failed, trying again");
      }
      if (!stop.signal.aborted) await deps.clock.sleep(RECONNECT_MS, stop.signal).catch(() => undefined);
    }
  }

  const running = keepListening();

  const bus: LiveBus & { stop(): Promise<void>; onWake(listener: () => void): void } = {
    publish(message) {
      const text = JSON.stringify(message);
      const payload =
        text.length > MAX_PAYLOAD_BYTES && message.kind === "progress"
          ? JSON.stringify({ ...message, progress: { ...message.progress, disks: [] } })
          : text;
      deps.db.$executeRaw`SELECT pg_notify(${NOTIFY_CHANNEL}, ${payload})`.catch((error: unknown) => {
        deps.log.warn({ err: error }, "live bus: message not sent");
      });
    },
    async *subscribe(signal) {
      const both = AbortSignal.any([signal, stop.signal]);
      try {
        for await (const [message] of on(emitter, "message", { signal: both })) yield message as LiveMessage | Gap;
      } catch (error) {
        if (!both.aborted) throw error;
      }
    },
    /** Called for each stored event of any node, and after each reconnect. */
    onWake(listener) {
      emitter.on("connected", listener);
      emitter.on("message", (message: LiveMessage | Gap) => {
        if (message.kind === "event") listener();
      });
    },
    async stop() {
      stop.abort();
      await client?.end().catch(() => undefined);
      await running;
    },
  };
  return bus;
}
