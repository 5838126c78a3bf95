import { existsSync } from "node:fs";
import path from "node:path";
import { ensurePrismaClient } from "./application.mjs";
import { attempt } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ROOT, runMain, say } from "./report.mjs";

/** Type checkers are processor bound, and our smallest machine has two cores. */
const AT_ONCE = 2;

/**
 * `npm run check`: everything that can be said about the code without running it. Longest first; output is shown for
 * what failed.
 */
await runMain(import.meta.url, async () => {
  await ensureDependencies();
  await ensurePrismaClient();
  // Route types and next-env.d.ts, which tsc reads.
  const routes = existsSync(path.join(ROOT, "app"))
    ? await runCheck(["next typegen", "next/dist/bin/next", ["typegen"]])
    : true;

  /** @type {[string, string, readonly string[]][]} name, script in node_modules or the clone, arguments */
  const checks = [
    ["eslint", "eslint/bin/eslint.js", ["--max-warnings", "0", "--no-warn-ignored", "server"]],
    ["tsc", "typescript/bin/tsc", ["--noEmit", "-p", "."]],
    [
      "dependency-cruiser",
      "dependency-cruiser/bin/dependency-cruise.mjs",
      ["--config", ".dependency-cruiser.mjs", ...["app", "components", "server", "instrumentation.ts"].filter(isThere)],
    ],
    ["migrations", "../server/setup/migrate.mjs", ["--check"]],
    ["texts", "../server/setup/texts.mjs", []],
    ["biome", "@biomejs/biome/bin/biome", ["ci", "--colors=off", "--error-on-warnings", "."]],
  ];
  if (isThere("server/setup/docs.ts")) checks.push(["docs", "tsx/dist/cli.mjs", ["server/setup/docs.ts", "--check"]]);

  const failed = routes ? [] : ["next typegen"];
  const queue = [...checks];
  const work = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      if (!(await runCheck(check))) failed.push(check[0]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  say(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
});

/** @param {[string, string, readonly string[]]} check */
async function runCheck([name, script, args]) {
  const started = performance.now();
  const { code, output } = await attempt(process.execPath, [path.join(ROOT, "node_modules", script), ...args], {
    quiet: true,
    env: { NEXT_TELEMETRY_DISABLED: "1" },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(code === 0 ? `ok      ${name} (${seconds} s)` : `FAILED  ${name} (${seconds} s)\n${output}`);
  return code === 0;
}

/** @param {string} entry */
function isThere(entry) {
  return existsSync(path.join(ROOT, entry));
}
