import { expect, it } from "vitest";
import { treeOf } from "./snapshot-tree";

const snapshot = (id: number, parentId: number) => ({ id, parentId, name: `s${id}`, at: id, sizeMb: 1 });

it("a child follows what it stands on, one step in", () => {
  const rows = treeOf({
    diskId: 0,
    currentBase: 3,
    nextId: 5,
    snapshots: [snapshot(0, -1), snapshot(1, 0), snapshot(2, -1), snapshot(3, 0), snapshot(4, 3)],
  });
  expect(rows.map((row) => [row.snapshot.id, row.depth, row.isCurrent])).toEqual([
    [0, 0, false],
    [1, 1, false],
    [3, 1, true],
    [4, 2, false],
    [2, 0, false],
  ]);
});
