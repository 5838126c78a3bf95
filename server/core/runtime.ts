import { mkdir, realpath } from "node:fs/promises";
import { createDb } from "../db/client";
import { systemClock } from "../lib/clock";
import { env } from "../lib/env";
import { logger } from "../lib/logger";
import { handlers } from "./action/handlers";
import { bootstrap } from "./bootstrap";
import type { Core } from "./core";
import { startDatastoreMonitor } from "./datastore/monitor";
import { createDriverRunner } from "./driver/runner";
import { type Engine, launchEngine } from "./engine";
import { createPgBus } from "./event/pg-bus";
import { appendEvent } from "./event/append";
import { withTx } from "../db/tx";
import { startLeaderLoop } from "./scheduler/leader-loop";

export const VERSION = "0.1.0";

/** Next builds instrumentation and routes apart, each with its own modules: `globalThis` is where they meet. */
const KEY = Symbol.for("strata.core");

export interface RunningCore extends Core {
  stop(): Promise<void>;
}

type Global = typeof globalThis & { [KEY]?: RunningCore };

/** The running core of this process, null while it starts. */
export function getCore(): RunningCore | null {
  return (globalThis as Global)[KEY] ?? null;
}

/** Start everything, once a process: database, live bus, engine, leader loop. Order of shutdown is the reverse. */
export async function startCore(): Promise<RunningCore> {
  const running = getCore();
  if (running !== null) return running;
  const settings = env();
  if (settings.DATABASE_URL === undefined) throw new Error("DATABASE_URL is not set; start Strata with `npm start`.");
  const url = settings.DATABASE_URL;
  await mkdir(settings.STRATA_HOME, { recursive: true });
  await mkdir(settings.DATASTORE_LOCATION, { recursive: true });

  const log = logger();
  const clock = systemClock;
  const db = createDb(url);
  const bus = createPgBus({ url, db, clock, log });
  let engine: Engine | null = null;
  let wake: () => void = () => undefined;
  const core: Core = {
    db,
    clock,
    log,
    bus,
    drivers: createDriverRunner({ remotesDir: settings.REMOTES_DIR }),
    config: {
      nodeName: settings.STRATA_NODE_NAME,
      home: await realpath(settings.STRATA_HOME), // paths of disks are compared with it
      datastoreLocation: settings.DATASTORE_LOCATION,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      version: VERSION,
    },
    wake: () => wake(),
    abortAction: (actionId) => engine?.abort(actionId) ?? false,
  };
  await bootstrap(core);
  engine = await launchEngine(core, handlers, url);
  const leader = startLeaderLoop(core, engine, settings.STRATA_NODE_NAME, (lease) => {
    log.info({ isLeader: lease !== null, fence: lease === null ? null : String(lease.fence) }, "leadership changed");
    withTx(db, (tx) => appendEvent(tx, { topic: "system", objectId: -1, type: "leader" })).catch((error: unknown) =>
      log.warn({ err: error }, "leader event not written"),
    );
  });
  wake = leader.wake;
  bus.onWake(leader.wake);
  const monitor = startDatastoreMonitor(core);

  const whole: RunningCore = {
    ...core,
    async stop() {
      await monitor.stop();
      await leader.stop();
      await engine?.stop();
      await bus.stop();
      await db.$disconnect();
      delete (globalThis as Global)[KEY];
    },
  };
  (globalThis as Global)[KEY] = whole;
  return whole;
}
