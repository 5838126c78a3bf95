import { describe, expect, test } from "vitest";
import { chainOf } from "./sample-chains";
import { layoutTimeline } from "./timeline-geometry";
import { entryNode, isMoveKey, type MoveKey, moveWithin, zoomed } from "./timeline-keys";

const chains = [chainOf(1, [0, 100, 200]), chainOf(2, []), chainOf(3, [300, 400, 500])];
const { lanes } = layoutTimeline({
  chains,
  window: { from: 0, to: 500 },
  containerPx: 600,
  labelPx: 90,
  zoneOffsetMs: 0,
});

describe("moveWithin", () => {
  test.each<[string | null, MoveKey, string]>([
    ["1-1", "ArrowLeft", "1-0"],
    ["1-0", "ArrowLeft", "1-0"],
    ["1-1", "ArrowRight", "1-2"],
    ["1-2", "ArrowRight", "1-2"],
    ["3-1", "Home", "3-0"],
    ["3-1", "End", "3-2"],
    ["3-2", "ArrowDown", "1-2"],
    ["1-0", "ArrowUp", "3-0"],
    ["3-0", "ArrowUp", "3-0"],
    ["1-1", "ArrowDown", "1-1"],
    [null, "ArrowLeft", "3-2"],
    ["9-9", "ArrowRight", "3-2"],
  ])("from %s, %s leads to %s", (from, key, to) => {
    expect(moveWithin(lanes, from, key)?.key).toBe(to);
  });

  test("every point can be reached with the keys alone", () => {
    const reached = new Set<string>();
    const queue = [entryNode(lanes)?.key ?? ""];
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      if (reached.has(key)) continue;
      reached.add(key);
      for (const move of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] as const) {
        queue.push(moveWithin(lanes, key, move)?.key ?? key);
      }
    }
    expect(reached.size).toBe(6);
  });

  test("an empty timeline leads nowhere", () => {
    expect(moveWithin([], null, "End")).toBeNull();
  });
});

test("isMoveKey knows the six keys and no others", () => {
  expect(isMoveKey("Home")).toBe(true);
  expect(isMoveKey("Tab")).toBe(false);
});

test("+ and - change the range by one step, and stop at the ends", () => {
  expect([zoomed("all", "+"), zoomed("30d", "+"), zoomed("24h", "+")]).toEqual(["30d", "7d", null]);
  expect([zoomed("24h", "-"), zoomed("all", "-"), zoomed("all", "x")]).toEqual(["7d", null, null]);
});
