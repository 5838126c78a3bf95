import { env } from "../lib/env";
import { logger } from "../lib/logger";
import { launchCore, type RunningCore } from "./launch";

/** Next builds instrumentation and routes apart, each with its own modules: `globalThis` is where they meet. */
const KEY = Symbol.for("strata.core");

type Global = typeof globalThis & { [KEY]?: RunningCore };

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
  const core = await launchCore({
    databaseUrl: settings.DATABASE_URL,
    home: settings.STRATA_HOME,
    datastoreLocation: settings.DATASTORE_LOCATION,
    remotesDir: settings.REMOTES_DIR,
    nodeName: settings.STRATA_NODE_NAME,
    log: logger(),
  });
  (globalThis as Global)[KEY] = core;
  return core;
}
