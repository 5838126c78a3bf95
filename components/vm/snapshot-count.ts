import type { VmDetail } from "@/server/domain/vm";

/** Snapshots of a VM and of its disks. */
export function snapshotCount({ snapshots }: Pick<VmDetail, "snapshots">): number {
  return snapshots.system.length + snapshots.disks.reduce((sum, disk) => sum + disk.snapshots.length, 0);
}
