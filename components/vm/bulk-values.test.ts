import { expect, test } from "vitest";
import { labelsIn, rpoMinutesIn } from "./bulk-values";

test.each([
  ["4", 240],
  [" 0,5 ", 30],
  ["0.1", 6],
  ["8760", 525_600],
  ["8761", null],
  ["0.01", null],
  ["", null],
  ["-4", null],
  ["4h", null],
  ["1e3", null],
])("hours %j are %j minutes", (text, minutes) => {
  expect(rpoMinutesIn(text)).toBe(minutes);
});

test("labels are what stands between commas, each once", () => {
  expect(labelsIn(" gold, ,web,gold ,two words")).toEqual(["gold", "web", "two words"]);
  expect(labelsIn(" , ")).toEqual([]);
});
