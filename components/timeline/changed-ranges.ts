import type { DiskChanges } from "@/server/domain/point-changes";

/** Neighbouring blocks with changes, as one row of the table. Bytes from the beginning of the disk; `to` is not in it. */
export interface ChangedRange {
  from: number;
  to: number;
  /** Changed bytes in it. */
  bytes: number;
}

type Blocks = Pick<DiskChanges, "blocks" | "blockBytes" | "virtualSize">;

/** Where a disk changed, in order. */
export function changedRanges({ blocks, blockBytes, virtualSize }: Blocks): ChangedRange[] {
  const ranges: ChangedRange[] = [];
  for (const [index, bytes] of blocks.entries()) {
    if (bytes === 0) continue;
    const from = index * blockBytes;
    const to = Math.min(virtualSize, from + blockBytes);
    const last = ranges.at(-1);
    if (last?.to === from) Object.assign(last, { to, bytes: last.bytes + bytes });
    else ranges.push({ from, to, bytes });
  }
  return ranges;
}

/** How much of each block changed: 0 nothing, 4 nearly all of it. A little is never drawn as nothing. */
export function heatLevels({ blocks, blockBytes, virtualSize }: Blocks): number[] {
  return blocks.map((bytes, index) => Math.ceil((4 * bytes) / Math.min(blockBytes, virtualSize - index * blockBytes)));
}
