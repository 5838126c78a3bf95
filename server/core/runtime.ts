import { type Env, env } from "../lib/env";
import { logger } from "../lib/logger";
import { launchCore, type RunningCore } from "./launch";

/** Next builds instrumentation and routes apart, each with its own modules: `globalThis` is where they meet. */
const KEY = Symbol.for("strata.core");

/** Tells the start script that waiting is of no use. */
const FAILED = Symbol.for("strata.core.failed");

type Global = typeof globalThis & { [KEY]?: RunningCore; [FAILED]?: true };

/** The running core of this process, null while it starts. */
export function getCore(): RunningCore | null {
  return (globalThis as Global)[KEY] ?? null;
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
      nodeName: settings.STRATA_NODE_NAME,
      log: logger(),
    });
  } catch (error) {
    (globalThis as Global)[FAILED] = true;
    throw error;
  }
}
