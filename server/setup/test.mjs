/**
 * `npm test`: everything a contributor must see green. Unit and integration tests with the real tools, then the browser
 * against a production build. `--unit`, `--int` and `--e2e` run a part; what follows `--` goes to the runner. `--slow` runs
 * the whole matrices of layouts, kill points and faults, which take longer than everything else together.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureApplication, ensureCommandLine, ensureDrivers, ensurePrismaClient } from "./application.mjs";
import { attempt } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureGuestKernel } from "./guest-kernel.mjs";
import { checkBudget } from "./js-budget.mjs";
import { ensurePackages, PRODUCT_PACKAGES, TEST_PACKAGES } from "./packages.mjs";
import { ROOT, runMain, SetupError, say } from "./report.mjs";
import { startTestPostgres } from "./test-database.mjs";
import { readPlaywrightSummary, readVitestSummary } from "./test-summary.mjs";

const PARTS = /** @type {const} */ (["unit", "int", "slow", "e2e"]);

await runMain(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const split = args.includes("--") ? args.indexOf("--") : args.length;
  const flags = args.slice(0, split);
  const runnerArgs = args.slice(split + 1);
  const unknown = flags.find((flag) => !PARTS.some((part) => flag === `--${part}`));
  if (unknown !== undefined)
    throw new SetupError(`Unknown option ${unknown}; there are --unit, --int, --slow and --e2e.`);
  const parts =
    flags.length === 0 ? PARTS.filter((part) => part !== "slow") : PARTS.filter((part) => flags.includes(`--${part}`));

  await ensureDependencies();
  await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES]);
  if (parts.includes("int") || parts.includes("slow")) await ensureGuestKernel();
  await ensurePrismaClient();
  await ensureDrivers();
  await ensureCommandLine();
  if (parts.includes("e2e")) await ensureApplication();
  const isLean = !parts.includes("e2e") || checkBudget();

  const dir = mkdtempSync(path.join(tmpdir(), "strata-summary-"));
  /** @type {import("./test-summary.mjs").Summary[]} */
  const summaries = [];
  try {
    const projects = parts.filter((part) => part !== "e2e");
    if (projects.length > 0) summaries.push(await runVitest(projects, runnerArgs, path.join(dir, "vitest.json")));
    if (parts.includes("e2e")) summaries.push(await runPlaywright(runnerArgs, path.join(dir, "playwright.json")));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }

  const skipped = summaries.flatMap((summary) => summary.skipped);
  if (skipped.length > 0) say(`\nSkipped (${skipped.length}):`);
  for (const { name, reason } of skipped) say(`  ${name}: ${reason}`);
  if (!parts.includes("slow")) say("\nNot run here: the slow matrices of kill points and faults (npm test -- --slow).");
  const passed = summaries.reduce((sum, summary) => sum + summary.passed, 0);
  const failed = summaries.reduce((sum, summary) => sum + summary.failed, 0);
  say(`\n${passed} passed, ${failed} failed`);
  if (!isLean) say("A page loads too much JavaScript before it works (see above).");
  process.exitCode = failed === 0 && passed > 0 && isLean ? 0 : 1;
});

/**
 * @param {readonly string[]} projects
 * @param {readonly string[]} runnerArgs
 * @param {string} summaryFile
 */
async function runVitest(projects, runnerArgs, summaryFile) {
  const needsDatabase = projects.includes("int") || projects.includes("slow");
  const database = needsDatabase ? await startTestPostgres() : undefined;
  try {
    const { code } = await attempt(
      process.execPath,
      [
        path.join(ROOT, "node_modules/vitest/vitest.mjs"),
        "run",
        ...projects.flatMap((project) => ["--project", project]),
        "--reporter=default",
        "--reporter=./server/setup/test-reporter.mjs",
        ...runnerArgs,
      ],
      {
        env: {
          NODE_ENV: "test",
          STRATA_TEST_SUMMARY: summaryFile,
          ...(database && { DATABASE_URL_TEST: database.url }),
        },
      },
    );
    return withExitCode(readVitestSummary(summaryFile), code);
  } finally {
    await database?.stop();
  }
}

/**
 * @param {readonly string[]} runnerArgs
 * @param {string} summaryFile
 */
async function runPlaywright(runnerArgs, summaryFile) {
  const hasSpecs =
    existsSync(path.join(ROOT, "e2e")) && readdirSync(path.join(ROOT, "e2e")).some((name) => name.endsWith(".spec.ts"));
  if (!hasSpecs) throw new SetupError("There is no e2e/*.spec.ts to run.");
  const { code } = await attempt(
    process.execPath,
    [
      path.join(ROOT, "node_modules/@playwright/test/cli.js"),
      "test",
      "--config",
      "e2e/playwright.config.ts",
      ...runnerArgs,
    ],
    { env: { PLAYWRIGHT_JSON_OUTPUT_FILE: summaryFile } },
  );
  return withExitCode(readPlaywrightSummary(summaryFile), code);
}

/**
 * A runner that ends badly without a failed test (a leak, a crash) has failed all the same.
 * @param {import("./test-summary.mjs").Summary} summary
 * @param {number | null} code
 */
function withExitCode(summary, code) {
  return code !== 0 && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}
