import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Builds are made by `npm test`; a run of Playwright alone may have to make them. */
const READY_MS = 170_000;
const STOP_MS = 20_000;
const LOG_CHARS = 20_000;

export interface StrataServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Its STRATA_HOME. */
  readonly home: string;
  /** Of oneadmin. */
  readonly password: string;
  readonly pid: number;
  /** The last of what it printed. */
  log(): string;
  /** Kill it as a crash would; `restart` brings it back on the same home. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stop it and leave its home. */
  halt(): Promise<void>;
  /** Stop it and remove its home. */
  stop(): Promise<void>;
}

/** A new home. It is below /var/tmp: root's PostgreSQL runs as another account, which must be able to reach it. */
export async function makeHome(): Promise<string> {
  const home = await mkdtemp("/var/tmp/strata-e2e-");
  await chmod(home, 0o711);
  return home;
}

/** Start a Strata as a user does, on a free port with a new home, or on `given`, which is then removed at the end as well. */
export async function startStrata(given?: string): Promise<StrataServer> {
  const home = given ?? (await makeHome());
  let log = "";
  const append = (chunk: Buffer) => {
    log = (log + chunk.toString("utf8")).slice(-LOG_CHARS);
  };
  let running = await launch(home, "0", append).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw new Error(`Strata did not start:\n${log}`, { cause: error });
  });
  const { url } = running;
  const password = (await readFile(path.join(home, "oneadmin_auth"), "utf8")).trim().split(":").slice(1).join(":");
  return {
    url,
    home,
    password,
    get pid() {
      return running.pid;
    },
    log: () => log,
    kill: () => end(running.child, "SIGKILL"),
    restart: async () => {
      await end(running.child, "SIGTERM");
      running = await launch(home, new URL(url).port, append);
    },
    halt: () => end(running.child, "SIGTERM"),
    stop: async () => {
      // After a kill its database server is still up: a start takes it over, and the end of that one stops it.
      if (hasEnded(running.child) && running.child.signalCode === "SIGKILL") running = await launch(home, "0", append);
      await end(running.child, "SIGTERM");
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function launch(home: string, port: string, onOutput: (chunk: Buffer) => void) {
  const { DATABASE_URL: _shared, NEXTAUTH_URL: _url, NEXTAUTH_SECRET: _secret, ...environment } = process.env;
  const child = spawn(process.execPath, [path.join(ROOT, "server/setup/start.mjs")], {
    cwd: ROOT,
    env: { ...environment, NODE_ENV: "production", STRATA_HOME: home, HOST: "127.0.0.1", PORT: port },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", onOutput);
  child.stderr.on("data", onOutput);
  const deadline = performance.now() + READY_MS;
  try {
    for (;;) {
      if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
      const url = await servedUrl(home, child.pid);
      if (url !== undefined && (await isHealthy(url))) return { child, url, pid: child.pid ?? 0 };
      if (performance.now() > deadline) throw new Error(`it was not ready within ${READY_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } catch (error) {
    await end(child, "SIGTERM");
    throw error;
  }
}

/** Where the process says it serves: it writes its address into its home once it is ready. */
async function servedUrl(home: string, pid: number | undefined): Promise<string | undefined> {
  try {
    const claim: unknown = JSON.parse(await readFile(path.join(home, "strata.pid"), "utf8"));
    if (typeof claim !== "object" || claim === null || !("url" in claim && "pid" in claim)) return undefined;
    return claim.pid === pid && typeof claim.url === "string" && claim.url !== "" ? claim.url : undefined;
  } catch {
    return undefined;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
