import { writeFileSync } from "node:fs";

/**
 * Vitest reporter that writes what npm test adds up, to the file of STRATA_TEST_SUMMARY: counts, and why tests were
 * skipped. A file that fails before its first test counts as one failure.
 */
export default class SummaryReporter {
  /** @param {readonly import("vitest/node").TestModule[]} modules */
  onTestRunEnd(modules, /** @type {readonly unknown[]} */ unhandledErrors) {
    const file = process.env.STRATA_TEST_SUMMARY;
    if (!file) return;
    /** @type {import("./test-summary.mjs").Summary} */
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      let hasTests = false;
      for (const test of module.children.allTests()) {
        hasTests = true;
        const result = test.result();
        if (result.state === "passed") summary.passed += 1;
        else if (result.state === "failed") summary.failed += 1;
        else {
          const reason = (result.state === "skipped" && result.note) || skipReason(test);
          summary.skipped.push({ name: `${module.relativeModuleId} › ${test.fullName}`, reason });
        }
      }
      if (!hasTests && !module.ok()) summary.failed += 1;
    }
    writeFileSync(file, JSON.stringify(summary));
  }
}

/**
 * A test skipped with its suite has no note of its own: by convention the suite's name carries the condition.
 * @param {import("vitest/node").TestCase} test
 */
function skipReason(test) {
  return test.parent.type === "suite" ? `suite skipped: ${test.parent.name}` : "skipped without a reason";
}
