import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChangesAnswer, createChangeFold, MAX_CHANGE_BLOCKS } from "./point-changes";

const KIB = 1024;
const MIB = KIB * KIB;

describe("createChangeFold", () => {
  it("places changed bytes where they are on the disk", () => {
    const fold = createChangeFold();
    fold.add(0, 64 * KIB, true);
    fold.add(64 * KIB, 96 * KIB, false);
    fold.add(160 * KIB, 64 * KIB, true);
    expect(fold.result()).toEqual({
      virtualSize: 224 * KIB,
      bytes: 128 * KIB,
      blockBytes: 64 * KIB,
      blocks: [64 * KIB, 0, 32 * KIB, 32 * KIB],
    });
  });

  it("doubles the blocks of a large disk, also when the size shows late", () => {
    const fold = createChangeFold();
    fold.add(0, 32 * MIB, true);
    fold.add(32 * MIB, 1024 * MIB - 32 * MIB, false);
    const { blocks, blockBytes, bytes } = fold.result();
    expect([blockBytes, blocks.length, bytes]).toEqual([2 * MIB, MAX_CHANGE_BLOCKS, 32 * MIB]);
    expect(blocks.slice(0, 17)).toEqual([...Array.from({ length: 16 }, () => 2 * MIB), 0]);
  });

  it("always adds up to a valid answer", () => {
    const extents = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 33 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(extents, (list) => {
        const fold = createChangeFold();
        let at = 0;
        let changed = 0;
        for (const [length, isChanged] of list) {
          fold.add(at, length, isChanged);
          at += length;
          if (isChanged) changed += length;
        }
        const disk = { id: 0, ...fold.result() };
        expect(ChangesAnswer.safeParse({ disks: [disk] }).success).toBe(true);
        expect([disk.virtualSize, disk.bytes]).toEqual([at, changed]);
      }),
    );
  });
});

it.each([
  ["a block holds more than it can", { virtualSize: 100, bytes: 80, blockBytes: 50, blocks: [80, 0] }],
  ["a block is missing", { virtualSize: 100, bytes: 50, blockBytes: 50, blocks: [50] }],
  ["the sum is wrong", { virtualSize: 100, bytes: 49, blockBytes: 50, blocks: [50, 0] }],
])("an answer in which %s is refused", (_, disk) => {
  expect(ChangesAnswer.safeParse({ disks: [{ id: 0, ...disk }] }).success).toBe(false);
});
