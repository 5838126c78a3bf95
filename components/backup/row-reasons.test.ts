import { describe, expect, test } from "vitest";
import { rowReasons } from "./row-reasons";

const READY = {
  imageId: 7,
  imageState: "READY",
  lockLevel: 0,
  may: { manage: true },
  points: 3,
  damaged: 0,
  pinned: 0,
  isChain: true,
  isOpen: true,
  isVmGone: false,
} as const;

describe("rowReasons", () => {
  test("an open chain that nobody uses can do everything", () => {
    expect(Object.values(rowReasons(READY))).toEqual([null, null, null, null, null, null]);
  });

  test.each([
    ["merging stops all but the pin", { imageState: "LOCKED" as const }, ["restore", "verify", "flatten", "delete"]],
    ["a failed deletion can be tried again", { imageState: "ERROR" as const }, ["restore", "verify", "pin", "flatten"]],
    ["without MANAGE it can be read", { may: { manage: false } }, ["pin", "flatten", "delete"]],
    ["a lock against changes", { lockLevel: 2 }, ["flatten", "delete"]],
    ["a lock against every use", { lockLevel: 1 }, ["restore", "verify", "flatten", "delete"]],
    ["a pin keeps it", { pinned: 1 }, ["delete"]],
    ["damage alone can be checked again", { damaged: 3 }, ["restore"]],
    ["a backup without points", { points: 0 }, ["restore", "verify", "pin", "flatten"]],
    ["a single full", { isChain: false, isOpen: false, points: 1 }, ["flatten", "close"]],
    ["of a VM that is gone", { isVmGone: true, isOpen: false }, ["flatten", "close"]],
  ])("%s", (_name, change, expected) => {
    const reasons = Object.entries(rowReasons({ ...READY, ...change }));
    expect(reasons.flatMap(([name, reason]) => (reason === null ? [] : [name]))).toEqual(expected);
  });
});
