import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT, runMain, SetupError, say } from "./report.mjs";

/** What a page should load before it works, gzip: a phone on a bad line waits for it. */
const GOAL_BYTES = 220_000;
/** What none may exceed. No page keeps the goal yet: this is where they are, to be lowered with each that gets smaller. */
const LIMIT_BYTES = 415_000;
const SHOWN = 8;

/**
 * @typedef {object} RouteSize
 * @property {string} route
 * @property {number} bytes of its scripts and those of its layouts and of Next, each compressed
 */

/**
 * The initial JavaScript of each page of the production build in `folder`, the largest first. What is loaded later, such as
 * the command palette, does not count; neither do polyfills, which only browsers load that are too old for the rest.
 * @param {string} folder `.next`
 * @returns {RouteSize[]}
 * @throws {SetupError} there is no build, or it is made in a way that this cannot read
 */
function routeSizes(folder) {
  const app = path.join(folder, "server/app");
  const suffix = "_client-reference-manifest.js";
  /** @type {Map<string, number>} */
  const known = new Map();
  const sizeOf = (/** @type {string} */ file) => {
    const bytes = known.get(file) ?? gzipSync(readFileSync(path.join(folder, file))).length;
    known.set(file, bytes);
    return bytes;
  };
  const sizes = listFiles(app)
    .filter((name) => name.endsWith(`page${suffix}`))
    .map((name) => {
      const page = name.slice(0, -suffix.length);
      const text = readFileSync(path.join(app, name), "utf8");
      const manifest = JSON.parse(text.slice(text.lastIndexOf("] = {") + 4).replace(/;\s*$/, ""));
      const own = manifest.entryJSFiles?.[`[project]/app/${page}`];
      const base = JSON.parse(readFileSync(path.join(app, page, "build-manifest.json"), "utf8")).rootMainFiles;
      if (!Array.isArray(own) || !Array.isArray(base)) return undefined;
      const bytes = [...new Set([...base, ...own])].reduce((sum, file) => sum + sizeOf(file), 0);
      return { route: `/${page.replace(/(^|\/)(\([^)]*\)\/)+/g, "$1").replace(/\/?page$/, "")}`, bytes };
    })
    .filter((size) => size !== undefined);
  if (sizes.length === 0) throw new SetupError(`There is no production build in ${folder}, or its form is another.`);
  return sizes.sort((a, b) => b.bytes - a.bytes);
}

/** @param {string} folder */
function listFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

/**
 * Print the largest pages of the production build.
 * @returns {boolean} whether all keep the limit
 */
export function checkBudget() {
  const sizes = routeSizes(path.join(ROOT, ".next"));
  const aboveGoal = sizes.filter((size) => size.bytes > GOAL_BYTES).length;
  const over = sizes.filter((size) => size.bytes > LIMIT_BYTES);
  say(
    `Initial JavaScript, gzip: ${aboveGoal} of ${sizes.length} pages above the goal of ${GOAL_BYTES / 1000} kB, ${over.length} above the limit of ${LIMIT_BYTES / 1000} kB. The largest:`,
  );
  for (const { route, bytes } of over.length > SHOWN ? over : sizes.slice(0, SHOWN)) {
    say(`  ${(bytes / 1000).toFixed(1).padStart(6)} kB  ${route}${bytes > LIMIT_BYTES ? "  TOO LARGE" : ""}`);
  }
  return over.length === 0;
}

await runMain(import.meta.url, async () => {
  process.exitCode = checkBudget() ? 0 : 1;
});
