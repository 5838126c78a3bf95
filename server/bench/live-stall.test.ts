import { expect, test } from "vitest";
import { stallIn } from "./live-stall";

test("a quantile is the upper end of the bin it falls into", () => {
  const bins = [98, 0, 0, 1, 1];
  expect(stallIn(bins)).toEqual({ p50Ms: 0.1, p99Ms: 0.195_313, maxMs: 0.244_141, writes: 100 });
  expect(stallIn([0, 3])).toMatchObject({ p50Ms: 0.125, p99Ms: 0.125 });
});

test("nothing written is no stall", () => {
  expect(stallIn([])).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0, writes: 0 });
});
