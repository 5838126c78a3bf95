import { z } from "zod";
import { ObjectId } from "./ids";
import type { TemplateDiffLine } from "./restore";

/** What changed on a VM's disks between two points of a chain, as the stored increments tell it (docs/drivers.md). */

/** A strip of more blocks cannot be told apart on a screen. */
export const MAX_CHANGE_BLOCKS = 512;

/** One disk, as `changes` of a datastore driver prints it. */
const DiskChanges = z
  .object({
    id: z.number().int().min(0).max(999_999),
    /** Guest-visible size, bytes. */
    virtualSize: z.number().int().min(0),
    /** Bytes that were written at least once in between, in whole clusters. */
    bytes: z.number().int().min(0),
    /** Bytes of the disk that one block stands for; the last one may be shorter. */
    blockBytes: z.number().int().min(1),
    /** Changed bytes of each block, from the beginning of the disk to its end. */
    blocks: z.array(z.number().int().min(0)).max(MAX_CHANGE_BLOCKS),
  })
  .refine(
    ({ virtualSize, bytes, blockBytes, blocks }) =>
      blocks.length === Math.ceil(virtualSize / blockBytes) &&
      blocks.every((changed, index) => changed <= Math.min(blockBytes, virtualSize - index * blockBytes)) &&
      blocks.reduce((sum, changed) => sum + changed, 0) === bytes,
    "the blocks do not add up",
  );
export type DiskChanges = z.infer<typeof DiskChanges>;

export const ChangesAnswer = z.object({ disks: z.array(DiskChanges).max(256) });
export type ChangesAnswer = z.infer<typeof ChangesAnswer>;

/** Two points of one chain, the earlier first. */
export const PointPair = z.object({ imageId: ObjectId, from: ObjectId, to: ObjectId });
export type PointPair = z.infer<typeof PointPair>;

export interface PointChanges extends PointPair {
  /** Increments that were looked at: those after `from`, up to `to`. */
  increments: number;
  disks: DiskChanges[];
  /** Attributes of the VM's template that differ; null: the stored documents cannot be compared. */
  settings: TemplateDiffLine[] | null;
}

/**
 * Collects extents of a disk into blocks of one size. The size of the disk need not be known before: blocks double
 * whenever they would be more than MAX_CHANGE_BLOCKS. The extents cover the disk from its beginning to its end.
 */
export function createChangeFold(): {
  add(start: number, length: number, isChanged: boolean): void;
  result(): Omit<DiskChanges, "id">;
} {
  let blockBytes = 65_536;
  let blocks: number[] = [];
  let virtualSize = 0;
  let bytes = 0;
  return {
    add(start, length, isChanged) {
      virtualSize = Math.max(virtualSize, start + length);
      while (virtualSize > blockBytes * MAX_CHANGE_BLOCKS) {
        blockBytes *= 2;
        blocks = Array.from(
          { length: Math.ceil(blocks.length / 2) },
          (_, index) => (blocks[2 * index] ?? 0) + (blocks[2 * index + 1] ?? 0),
        );
      }
      if (!isChanged) return;
      bytes += length;
      for (let at = start; at < start + length; ) {
        const index = Math.floor(at / blockBytes);
        const end = Math.min(start + length, (index + 1) * blockBytes);
        blocks[index] = (blocks[index] ?? 0) + end - at;
        at = end;
      }
    },
    result: () => ({
      virtualSize,
      bytes,
      blockBytes,
      blocks: Array.from({ length: Math.ceil(virtualSize / blockBytes) }, (_, index) => blocks[index] ?? 0),
    }),
  };
}
