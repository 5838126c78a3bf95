import { z } from "zod";

/** One snapshot of one disk. */
export const DiskSnapshot = z.object({
  id: z.number().int().min(0),
  name: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** The snapshot the disk stood on when it was taken, -1 none. */
  parentId: z.number().int().min(-1),
  /** MiB of the disk the guest saw. */
  sizeMb: z.number().int().min(0),
});
export type DiskSnapshot = z.infer<typeof DiskSnapshot>;

/** VM/SNAPSHOTS: the snapshots of one disk, a tree. */
export const DiskSnapshots = z.object({
  diskId: z.number().int().min(0),
  /** Where the disk stands now: the snapshot taken or reverted to last, -1 none. */
  currentBase: z.number().int().min(-1),
  /** Ids are never used twice for a disk. */
  nextId: z.number().int().min(0),
  snapshots: z.array(DiskSnapshot),
});
export type DiskSnapshots = z.infer<typeof DiskSnapshots>;

/** All disks of a VM; a disk without snapshots has no entry, or one that keeps its next id. */
export const VmDiskSnapshots = z.array(DiskSnapshots);
export type VmDiskSnapshots = z.infer<typeof VmDiskSnapshots>;

/** Names of snapshots: of system snapshots and of disks alike; empty lets the core choose. */
export const SnapshotName = z
  .string()
  .trim()
  .max(128, "A snapshot name has at most 128 characters")
  .regex(/^[^\u0000-\u001f\u007f]*$/, "A snapshot name holds no control characters");

export function snapshotsOfDisk(all: VmDiskSnapshots, diskId: number): DiskSnapshots {
  return all.find((disk) => disk.diskId === diskId) ?? { diskId, currentBase: -1, nextId: 0, snapshots: [] };
}

/** Ids of the disks that have snapshots. */
export function disksWithSnapshots(all: VmDiskSnapshots): number[] {
  return all.filter((disk) => disk.snapshots.length > 0).map((disk) => disk.diskId);
}

/** The tree with a snapshot of the present state; the disk then stands on it. */
export function addDiskSnapshot(disk: DiskSnapshots, snapshot: Omit<DiskSnapshot, "parentId">): DiskSnapshots {
  return {
    ...disk,
    currentBase: snapshot.id,
    nextId: Math.max(disk.nextId, snapshot.id + 1),
    snapshots: [...disk.snapshots, { ...snapshot, parentId: disk.currentBase }],
  };
}

/** The disk stands on snapshot `id` again. */
export function revertDiskSnapshot(disk: DiskSnapshots, id: number): DiskSnapshots {
  return { ...disk, currentBase: id };
}

/** The tree without `id`: what stood on it stands on its parent. Snapshots hold whole states, so nothing else is lost. */
export function removeDiskSnapshot(disk: DiskSnapshots, id: number): DiskSnapshots {
  const parentId = disk.snapshots.find((snapshot) => snapshot.id === id)?.parentId ?? -1;
  const moved = (at: number) => (at === id ? parentId : at);
  return {
    ...disk,
    currentBase: moved(disk.currentBase),
    snapshots: disk.snapshots
      .filter((snapshot) => snapshot.id !== id)
      .map((snapshot) => ({ ...snapshot, parentId: moved(snapshot.parentId) })),
  };
}

/** `all` with the entry of one disk replaced. */
export function withDiskSnapshots(all: VmDiskSnapshots, disk: DiskSnapshots): VmDiskSnapshots {
  return [...all.filter((each) => each.diskId !== disk.diskId), disk].sort((a, b) => a.diskId - b.diskId);
}
