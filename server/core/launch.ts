import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { createDb } from "../db/client";
import { withTx } from "../db/tx";
import { systemClock } from "../lib/clock";
import { handlers } from "./action/handlers";
import { bootstrap } from "./bootstrap";
import type { Core } from "./core";
import { startDatastoreMonitor } from "./datastore/monitor";
import { createDriverRunner } from "./driver/runner";
import { type AroundStep, type Engine, launchEngine } from "./engine";
import { appendEvent } from "./event/append";
import { createPgBus } from "./event/pg-bus";
import { startFilesSweeper } from "./files/session-folder";
import { startHostMonitor } from "./host/monitor";
import { startNotifier } from "./notification/notifier";
import { startLeaderLoop } from "./scheduler/leader-loop";

export const VERSION = "0.1.0";

export interface RunningCore extends Core {
  /** End in the reverse order of the start; running operations are taken up again by the next start. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  databaseUrl: string;
  home: string;
  datastoreLocation: string;
  remotesDir: string;
  /** Default: the one that is built together with the drivers. */
  guestReader?: string;
  nodeName: string;
  log: Logger;
  /** For fault tests. */
  aroundStep?: AroundStep;
}

/** Build a core and start it: database, live bus, engine, leader loop, monitor. */
export async function launchCore(options: LaunchOptions): Promise<RunningCore> {
  const { databaseUrl: url, log } = options;
  await mkdir(options.home, { recursive: true });
  await mkdir(options.datastoreLocation, { recursive: true });
  const clock = systemClock;
  const db = createDb(url);
  const presenceDb = createDb(url, { connections: 2 });
  const bus = createPgBus({ url, db, clock, log });
  let engine: Engine | null = null;
  let wake: () => void = () => undefined;
  const core: Core = {
    db,
    clock,
    log,
    bus,
    drivers: createDriverRunner({ remotesDir: options.remotesDir, home: options.home }),
    config: {
      nodeName: options.nodeName,
      // Paths of disks are compared with these, and drivers answer with links resolved.
      home: await realpath(options.home),
      datastoreLocation: await realpath(options.datastoreLocation),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      version: VERSION,
      guestReader: options.guestReader ?? join(options.remotesDir, "../guest/reader.mjs"),
    },
    wake: () => wake(),
    abortAction: (actionId) => engine?.abort(actionId) ?? false,
  };
  await bootstrap(core);
  engine = await launchEngine(core, handlers, url, options.aroundStep);
  let isLeader = false;
  const leader = await startLeaderLoop(core, engine, presenceDb, (lease) => {
    isLeader = lease !== null;
    log.info({ isLeader: lease !== null, fence: lease === null ? null : String(lease.fence) }, "leadership changed");
    withTx(db, (tx) => appendEvent(tx, { topic: "system", objectId: -1, type: "leader" })).catch((error: unknown) =>
      log.warn({ err: error }, "leader event not written"),
    );
  });
  wake = leader.wake;
  bus.onWake(leader.wake);
  const monitor = startDatastoreMonitor(core);
  const hosts = startHostMonitor(core, () => isLeader);
  const files = startFilesSweeper(core);
  const notifier = startNotifier(core, () => isLeader);

  return {
    ...core,
    async stop() {
      await notifier.stop();
      await files.stop();
      await hosts.stop();
      await monitor.stop();
      await leader.stop();
      await engine?.stop();
      await leader.release();
      await bus.stop();
      await presenceDb.$disconnect();
      await db.$disconnect();
    },
  };
}
