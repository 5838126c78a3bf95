import type { IncrementType, Manifest } from "./backup";
import { closed } from "./backup-config-merge";
import { appError } from "./errors";

/**
 * A chain is one full and its increments, oldest first. Ids only grow, also when the oldest points are merged into
 * the full: a file name `disk.N.<increment>` must never come to mean something else.
 */
export interface ChainPoint {
  incrementId: number;
  parentId: number;
  type: IncrementType;
  /** For messages; -1 or absent when unknown. */
  imageId?: number;
}

/** Id, parent and type of the point that a backup into this chain makes. An empty chain starts with a full. */
export function nextIncrement(points: readonly ChainPoint[]): { id: number; parentId: number; type: IncrementType } {
  const last = byId(points).at(-1);
  if (last === undefined) return { id: 0, parentId: -1, type: "FULL" };
  return { id: last.incrementId + 1, parentId: last.incrementId, type: "INCREMENT" };
}

/**
 * Longest chain. A restore opens all its files at once, one on top of the other: 200 take qemu some seconds to open,
 * 400 half a minute, and at some 800 the command line no longer fits.
 */
export const MAX_CHAIN_POINTS = 200;

/** The points a restore of `incrementId` reads, oldest first. Throws INCREMENT_NOT_FOUND. */
export function chainUpTo<P extends ChainPoint>(points: readonly P[], incrementId: number): P[] {
  if (!points.some((point) => point.incrementId === incrementId)) {
    throw appError("INCREMENT_NOT_FOUND", { imageId: points[0]?.imageId ?? -1, incrementId });
  }
  return byId(points).filter((point) => point.incrementId <= incrementId);
}

/** Why these points (oldest first) are not a chain, null when they are. */
export function validateChain(points: readonly ChainPoint[]): string | null {
  for (const [index, point] of points.entries()) {
    const previous = index === 0 ? undefined : points[index - 1];
    if (previous === undefined) {
      if (point.type !== "FULL") return `Increment ${point.incrementId} is the oldest point but not a full backup.`;
      if (point.parentId !== -1) return `The full backup ${point.incrementId} names a parent, ${point.parentId}.`;
      continue;
    }
    if (point.incrementId <= previous.incrementId) {
      return `Increment ${point.incrementId} follows increment ${previous.incrementId}.`;
    }
    if (point.type !== "INCREMENT") return `Increment ${point.incrementId} is a second full backup.`;
    if (point.parentId !== previous.incrementId) {
      return `The parent of increment ${point.incrementId}, ${point.parentId}, is missing.`;
    }
  }
  return null;
}

/**
 * Bytes that a restore of `incrementId` reads from the repository; of `diskIds` only when given. Null when a point on
 * the way has no manifest, so nobody knows. Throws INCREMENT_NOT_FOUND.
 */
export function restoreBytes(
  points: readonly (ChainPoint & { manifest: Manifest | null })[],
  incrementId: number,
  diskIds?: readonly number[],
): number | null {
  let sum = 0;
  for (const { manifest } of chainUpTo(points, incrementId)) {
    if (manifest === null) return null;
    for (const disk of manifest.disks) if (diskIds === undefined || diskIds.includes(disk.id)) sum += disk.bytes;
  }
  return sum;
}

/**
 * Why an increment on top of `previous` would not restore to the VM as it is now, so that a new chain must start;
 * null when it would. `facts`: the disks of the coming backup, sizes in bytes.
 */
export function needsNewChain(
  previous: Manifest,
  facts: readonly { diskId: number; virtualSize: number }[],
): string | null {
  const now = new Map(facts.map((disk) => [disk.diskId, disk.virtualSize]));
  for (const disk of previous.disks) {
    const size = now.get(disk.id);
    if (size === undefined) return `Disk ${disk.id} is no longer part of the backup.`;
    if (size !== disk.virtualSize) {
      return `The size of disk ${disk.id} changed from ${disk.virtualSize} to ${size} bytes.`;
    }
  }
  const added = facts.find((disk) => !previous.disks.some((old) => old.id === disk.diskId));
  return added === undefined ? null : `Disk ${added.diskId} was added to the backup.`;
}

/**
 * Chain pointers after backup image `imageId` was deleted: the chain is closed when it was the open one, untouched
 * otherwise. Single points cannot be deleted, only whole images (drivers-and-core §2.5).
 */
export function dropAfterDelete<C extends { incrementalBackupId: number; lastIncrementId: number }>(
  config: C,
  imageId: number,
): C {
  if (config.incrementalBackupId !== imageId) return config;
  return { ...config, ...closed("the backup that holds the chain was deleted") };
}

/**
 * The chain after everything older than `firstId` was merged into it: that point keeps its id and becomes the full.
 * Throws INCREMENT_NOT_FOUND.
 */
export function flattenInto<P extends ChainPoint>(points: readonly P[], firstId: number): P[] {
  const merged = chainUpTo(points, firstId).length - 1;
  return byId(points)
    .slice(merged)
    .map((point, index) => (index === 0 ? { ...point, type: "FULL", parentId: -1 } : point));
}

function byId<P extends ChainPoint>(points: readonly P[]): P[] {
  return [...points].sort((a, b) => a.incrementId - b.incrementId);
}
