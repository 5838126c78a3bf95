import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type Env, env } from "../lib/env";
import { logger } from "../lib/logger";
import { launchCore, type RunningCore } from "./launch";

/** Next builds instrumentation and routes apart, each with its own modules: `globalThis` is where they meet. */
const KEY = Symbol.for("strata.core");

/** Tells the start script that waiting is of no use. */
const FAILED = Symbol.for("strata.core.failed");

/** Who answers `/RPC2` past Next, for server/setup/serve.mjs. */
const RPC2 = Symbol.for("strata.rpc2");

type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type Global = typeof globalThis & { [KEY]?: RunningCore; [FAILED]?: true; [RPC2]?: HttpHandler };

/** The running core of this process, null while it starts. */
export function getCore(): RunningCore | null {
  return (globalThis as Global)[KEY] ?? null;
}

/** Calls of `/RPC2` go to this handler from now on. */
export function provideRpc2(handler: HttpHandler): void {
  (globalThis as Global)[RPC2] = handler;
}

/** Start the core of this process from its environment; once. */
export async function startCore(): Promise<RunningCore> {
  const running = getCore();
  if (running !== null) return running;
  const settings = env();
  if (settings.DATABASE_URL === undefined) throw new Error("DATABASE_URL is not set; start Strata with `npm start`.");
  const core = await launch(settings, settings.DATABASE_URL);
  (globalThis as Global)[KEY] = core;
  return core;
}

async function launch(settings: Env, databaseUrl: string): Promise<RunningCore> {
  try {
    return await launchCore({
      databaseUrl,
      home: settings.STRATA_HOME,
      datastoreLocation: settings.DATASTORE_LOCATION,
      remotesDir: settings.REMOTES_DIR,
      // Not beside the drivers, which may be others.
      guestReader: join(process.cwd(), "dist/guest/reader.mjs"),
      nodeName: settings.STRATA_NODE_NAME,
      log: logger(),
    });
  } catch (error) {
    (globalThis as Global)[FAILED] = true;
    throw error;
  }
}
