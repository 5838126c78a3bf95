import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { processStart } from "./proc.mjs";
import { SetupError } from "./report.mjs";

const isRoot = process.getuid?.() === 0;

/**
 * The folder that holds everything Strata keeps on this machine, made if need be.
 * Root's is open for traversal (not for listing), because PostgreSQL runs as another account below it.
 * @returns {string} absolute
 */
export function ensureHome() {
  const home = path.resolve(process.env.STRATA_HOME || defaultHome());
  mkdirSync(home, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
  if (isRoot) chmodSync(home, statSync(home).mode | 0o111);
  return home;
}

function defaultHome() {
  if (isRoot) return "/var/lib/strata";
  return path.join(process.env.XDG_DATA_HOME || path.join(homedir(), ".local/share"), "strata");
}

/**
 * Read a secret, or make one of 256 random bits readable by its owner alone.
 * @param {string} file
 */
export function ensureSecret(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  // Written aside and linked: a reader, or a run killed half-way, never meets an empty secret.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  linkSync(draft, file);
  rmSync(draft);
  return readFileSync(file, "utf8").trim();
}

/**
 * Claim the home for this process: two nodes on one home would share a database directory and an identity.
 * @param {string} home
 * @returns {{ publish: (url: string) => void, release: () => void }} publish: write down where we serve
 * @throws {SetupError} another Strata is running on it
 */
export function claimHome(home) {
  const file = path.join(home, "strata.pid");
  const claim = { pid: process.pid, start: processStart(process.pid), url: "" };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(claim));
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        linkSync(draft, file);
        break;
      } catch (error) {
        const holder = readHolder(file);
        if (holder !== undefined) {
          const where = holder.url === "" ? "" : `, at ${holder.url}`;
          throw new SetupError(
            `Strata is already running on ${home} (process ${holder.pid}${where}).\nStop it first, or set STRATA_HOME to another folder.`,
          );
        }
        if (tries > 2) throw error;
        rmSync(file, { force: true });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    publish: (url) => {
      writeFileSync(draft, JSON.stringify({ ...claim, url }));
      renameSync(draft, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

/**
 * @param {string} file
 * @returns {{ pid: number, start: string, url: string } | undefined} the living process that holds the claim
 */
function readHolder(file) {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8"));
    return processStart(holder.pid) === holder.start ? holder : undefined;
  } catch {
    return undefined;
  }
}
