import { existsSync, readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Summary */

/**
 * What the reporter of `test-reporter.mjs` wrote; a run that wrote nothing broke off, which is a failure.
 * @param {string} file
 * @returns {Summary}
 */
export function readVitestSummary(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] };
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * What Playwright's JSON reporter wrote.
 * @param {string} file
 * @returns {Summary}
 */
export function readPlaywrightSummary(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] };
  const report = JSON.parse(readFileSync(file, "utf8"));
  /** @type {Summary} */
  const summary = { passed: 0, failed: report.errors.length, skipped: [] };
  for (const suite of report.suites) addSuite(suite, [], summary);
  return summary;
}

/**
 * @param {any} suite
 * @param {readonly string[]} parents
 * @param {Summary} summary
 */
function addSuite(suite, parents, summary) {
  const path = [...parents, suite.title];
  for (const child of suite.suites ?? []) addSuite(child, path, summary);
  for (const spec of suite.specs ?? []) {
    for (const test of spec.tests) {
      if (test.status === "skipped") {
        const note = test.annotations.find(
          (/** @type {{ type: string }} */ { type }) => type === "skip" || type === "fixme",
        );
        const reason = note?.description ?? "skipped without a reason";
        summary.skipped.push({ name: [...path, spec.title].join(" › "), reason });
      } else if (test.status === "expected") summary.passed += 1;
      else summary.failed += 1; // "flaky" too: it failed once.
    }
  }
}
