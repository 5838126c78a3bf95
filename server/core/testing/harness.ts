import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { inject } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../db/testing/database";
import type { ActionRow } from "../../domain/action";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { isFinal } from "../../domain/states";
import { getAction, listActionLog } from "../action/queries";
import type { Ctx } from "../context";
import { launchCore, type RunningCore } from "../launch";

const WAIT_MS = 90_000;

export interface Harness {
  core: RunningCore;
  /** As oneadmin. */
  ctx: Ctx;
  /** Folder for disks and repositories, removed at the end. Its name is awkward on purpose. */
  dir: string;
  /** Wait (by events, bounded) until a run has ended. */
  finished(actionId: number): Promise<ActionRow>;
  /** Wait until `test` holds for a run's row. */
  until(actionId: number, test: (row: ActionRow) => boolean): Promise<ActionRow>;
  logOf(actionId: number): Promise<string>;
  databaseUrl: string;
  /** Lines that the core logged as errors: a test that expects none looks here. */
  errors: string[];
  /** Stop the core gracefully. Then only `start` and `close` are of use. */
  stop(): Promise<void>;
  /** Start it again on the same database and home, as the same node. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A real core: own database (or that of `database`), real drivers (or those of `remotesDir`), real engine. */
export async function startHarness(options: { remotesDir?: string; database?: TestDatabase } = {}): Promise<Harness> {
  const database = options.database ?? (await createTestDatabase());
  const dir = await mkdtemp(join(tmpdir(), "strata core's $(test) "));
  const errors: string[] = [];
  const keepLine = (line: string) => {
    if (/"level":[56]0/.test(line)) errors.push(line);
    process.stdout.write(line);
  };
  const launch = () =>
    launchCore({
      databaseUrl: database.url,
      home: join(dir, "home"),
      datastoreLocation: join(dir, "home", "datastores"),
      remotesDir: options.remotesDir ?? inject("remotesDir"),
      nodeName: "test-node",
      log: pino({ level: "warn" }, { write: keepLine }),
    });
  const core = await launch();
  let isRunning = true;
  const harness: Harness = {
    core,
    ctx: { core, actor: SYSTEM_ACTOR },
    dir,
    finished: (actionId) => harness.until(actionId, (row) => isFinal(row.state)),
    async until(actionId, test) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), WAIT_MS);
      const live = harness.core.bus.subscribe(stop.signal);
      let next = live.next();
      for (;;) {
        const row = await getAction(harness.ctx, actionId);
        if (test(row)) {
          clearTimeout(timer);
          stop.abort();
          return row;
        }
        if (isFinal(row.state)) throw new Error(`run ${actionId} ended ${row.state}: ${row.error ?? ""}`);
        if ((await next).done === true) throw new Error(`run ${actionId} is still ${row.state} ${row.progress.phase}`);
        next = live.next();
      }
    },
    async logOf(actionId) {
      const lines = await listActionLog(harness.ctx, { actionId, afterId: 0 });
      return lines.map((line) => `${line.level} ${line.text}`).join("\n");
    },
    databaseUrl: database.url,
    errors,
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      await harness.core.stop();
    },
    async start() {
      harness.core = await launch();
      harness.ctx = { core: harness.core, actor: SYSTEM_ACTOR };
      isRunning = true;
    },
    async close() {
      await harness.stop();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return harness;
}
