import { expect, it } from "vitest";
import { changedRanges, heatLevels } from "./changed-ranges";

const disk = { blockBytes: 100, virtualSize: 450, blocks: [0, 1, 100, 0, 50] };

it("joins neighbouring blocks, and ends with the disk", () => {
  expect(changedRanges(disk)).toEqual([
    { from: 100, to: 300, bytes: 101 },
    { from: 400, to: 450, bytes: 50 },
  ]);
  expect(changedRanges({ ...disk, blocks: [0, 0, 0, 0, 0] })).toEqual([]);
});

it("one changed byte shows, and a short last block can be full", () => {
  expect(heatLevels(disk)).toEqual([0, 1, 4, 0, 4]);
});
