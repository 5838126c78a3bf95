import { expect, it } from "vitest";
import { RunReportFilter, successRate } from "./run-report";

it("the rate counts what ended by itself, and is not made up of nothing", () => {
  expect(successRate({ done: 3, failed: 1 })).toBe(0.75);
  expect(successRate({ done: 0, failed: 2 })).toBe(0);
  expect(successRate({ done: 0, failed: 0 })).toBeNull();
});

it("only the periods of the report can be asked for", () => {
  expect(RunReportFilter.parse({}).days).toBe(30);
  expect(RunReportFilter.safeParse({ days: 100_000 }).success).toBe(false);
});
