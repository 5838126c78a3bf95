import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./report.mjs";

/**
 * A stamp is a file beside a result that holds the hash of what the result was made from. Contents are hashed, not
 * times: a checkout changes times, and hashing all of our sources takes a few hundredths of a second.
 */

const NOT_A_SOURCE = /(\.test\.tsx?|\.md|\.tsbuildinfo)$/;

/**
 * Hash files and whole folders, names included. What is missing counts as empty.
 * @param {readonly string[]} entries below the clone
 * @param {{ skip?: readonly string[] }} [options] skip: folders left out
 * @returns {string}
 */
export function hashSources(entries, { skip = [] } = {}) {
  const hash = createHash("sha256").update(process.version);
  for (const entry of entries) {
    for (const file of listFiles(entry, skip)) {
      hash.update(`\0${file}\0`).update(readFileSync(path.join(ROOT, file)));
    }
  }
  return hash.digest("hex");
}

/**
 * Make `result` unless its stamp says that it was made from the same sources.
 * @param {string} stampFile below the clone; inside the result, so that deleting the result deletes the stamp
 * @param {string} hash
 * @param {() => Promise<unknown>} make
 * @returns {Promise<boolean>} whether it was made
 */
export async function unlessStamped(stampFile, hash, make) {
  const file = path.join(ROOT, stampFile);
  if (readStamp(file) === hash) return false;
  await make();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${hash}\n`);
  return true;
}

/** @param {string} file */
function readStamp(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

/**
 * @param {string} entry
 * @param {readonly string[]} skip
 * @returns {string[]}
 */
function listFiles(entry, skip) {
  if (skip.includes(entry)) return [];
  let children;
  try {
    children = readdirSync(path.join(ROOT, entry), { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return [entry];
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return children
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((child) => {
      const name = path.join(entry, child.name);
      if (child.isDirectory()) return listFiles(name, skip);
      return NOT_A_SOURCE.test(child.name) ? [] : [name];
    });
}
