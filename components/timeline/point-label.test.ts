import { describe, expect, test } from "vitest";
import { pointLabel } from "./point-label";
import { chainOf } from "./sample-chains";

const at = Date.UTC(2025, 2, 4, 2);

describe("pointLabel", () => {
  const chain = chainOf(176, [at, at + 1000, at + 2000], { storedBytes: [1024, 1.2 * 2 ** 30, 1], broken: [2] });

  test.each([
    [0, "Increment 0 of chain 176, full, Tue 4 Mar 2025, 02:00 UTC, 1.0 KiB, checksummed, position 1 of 3"],
    [1, "Increment 1 of chain 176, Tue 4 Mar 2025, 02:00 UTC, 1.2 GiB, checksummed, position 2 of 3"],
  ])("tells all of increment %d", (incrementId, label) => {
    const point = chain.points[incrementId];
    expect(point && pointLabel(point, chain, "UTC")).toBe(label);
  });

  test("says why a point cannot be restored", () => {
    const point = chain.points[2];
    expect(point && pointLabel(point, chain, "UTC")).toContain("cannot be restored: a stored file is missing");
  });

  test("a backup of FULL mode has no position", () => {
    const full = chainOf(9, [at], { isChain: false });
    const [point] = full.points;
    expect(point && pointLabel(point, full, "UTC")).toMatch(/^Full backup 9, .*checksummed$/);
  });
});
