import { expect, it } from "vitest";
import { overviewVerdict } from "./protection";

const NONE = { total: 0, protected: 0, late: 0, failing: 0, never: 0, excluded: 0 };

it.each([
  ["empty", {}, false, "empty"],
  ["ok", { total: 2, protected: 2 }, false, "ok"],
  ["late", { total: 2, protected: 1, late: 1 }, false, "attention"],
  ["never", { total: 2, protected: 1, never: 1 }, false, "attention"],
  ["what is left out needs nobody", { total: 2, protected: 1, excluded: 1 }, false, "ok"],
  ["failing beats late", { total: 3, late: 1, failing: 1, protected: 1 }, false, "failing"],
  ["a sick datastore", { total: 1, protected: 1 }, true, "attention"],
  ["a sick datastore without VMs", {}, true, "attention"],
] as const)("the overview's verdict: %s", (_name, vms, hasSickDatastore, expected) => {
  expect(overviewVerdict({ ...NONE, ...vms }, { hasSickDatastore })).toBe(expected);
});
