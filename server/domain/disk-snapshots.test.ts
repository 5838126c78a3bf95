import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDiskSnapshot,
  type DiskSnapshots,
  disksWithSnapshots,
  removeDiskSnapshot,
  revertDiskSnapshot,
  SnapshotName,
  snapshotsOfDisk,
  withDiskSnapshots,
} from "./disk-snapshots";

const EMPTY = snapshotsOfDisk([], 3);
const add = (disk: DiskSnapshots, id = disk.nextId) => addDiskSnapshot(disk, { id, name: `s${id}`, at: id, sizeMb: 8 });
const parents = (disk: DiskSnapshots) => disk.snapshots.map((snapshot) => [snapshot.id, snapshot.parentId]);

describe("the tree of a disk", () => {
  it("grows from where the disk stands", () => {
    const tree = add(revertDiskSnapshot(add(add(EMPTY)), 0));
    expect(parents(tree)).toEqual([
      [0, -1],
      [1, 0],
      [2, 0],
    ]);
    expect(tree).toMatchObject({ diskId: 3, currentBase: 2, nextId: 3 });
  });

  it("hands children and the disk to the parent of what is deleted", () => {
    const tree = removeDiskSnapshot(add(add(add(EMPTY))), 1);
    expect(parents(tree)).toEqual([
      [0, -1],
      [2, 0],
    ]);
    expect(removeDiskSnapshot(tree, 2).currentBase).toBe(0);
    expect(removeDiskSnapshot(removeDiskSnapshot(tree, 2), 0)).toMatchObject({ currentBase: -1, snapshots: [] });
  });

  it("stays a tree whatever is done, and never uses an id twice", () => {
    const step = fc.tuple(fc.constantFrom("add", "revert", "remove"), fc.nat(20));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let tree = EMPTY;
        const used: number[] = [];
        for (const [what, pick] of steps) {
          const chosen = tree.snapshots[pick % Math.max(1, tree.snapshots.length)]?.id;
          if (what === "add") {
            expect(used).not.toContain(tree.nextId);
            used.push(tree.nextId);
            tree = add(tree);
          } else if (chosen !== undefined) {
            tree = what === "revert" ? revertDiskSnapshot(tree, chosen) : removeDiskSnapshot(tree, chosen);
          }
          const ids = [-1, ...tree.snapshots.map((snapshot) => snapshot.id)];
          expect(ids).toContain(tree.currentBase);
          for (const { id, parentId } of tree.snapshots) {
            expect(ids).toContain(parentId);
            expect(parentId).toBeLessThan(id); // so there is no ring
          }
        }
      }),
    );
  });
});

it("the trees of a VM: one entry a disk, in order of the disks", () => {
  const all = withDiskSnapshots(withDiskSnapshots([add({ ...EMPTY, diskId: 5 })], EMPTY), add({ ...EMPTY, diskId: 1 }));
  expect(all.map((disk) => disk.diskId)).toEqual([1, 3, 5]);
  expect(disksWithSnapshots(all)).toEqual([1, 5]);
  expect(withDiskSnapshots(all, { ...EMPTY, nextId: 9 }).find((disk) => disk.diskId === 3)?.nextId).toBe(9);
});

it("names hold no control characters", () => {
  expect(SnapshotName.safeParse("before the upgrade").success).toBe(true);
  for (const name of ["a\nb", "\u0000", "x".repeat(129)]) expect(SnapshotName.safeParse(name).success).toBe(false);
});
