import type { DiskSnapshot, DiskSnapshots } from "@/server/domain/disk-snapshots";

export interface TreeRow {
  snapshot: DiskSnapshot;
  depth: number;
  isCurrent: boolean;
}

/** The snapshots of a disk, each after what it stands on, in the order they were taken. */
export function treeOf(disk: DiskSnapshots): TreeRow[] {
  const below = (parentId: number, depth: number): TreeRow[] =>
    disk.snapshots
      .filter((snapshot) => snapshot.parentId === parentId)
      .flatMap((snapshot) => [
        { snapshot, depth, isCurrent: snapshot.id === disk.currentBase },
        ...below(snapshot.id, depth + 1),
      ]);
  return below(-1, 0);
}
