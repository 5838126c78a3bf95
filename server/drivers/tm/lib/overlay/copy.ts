import { copyDirty, withStorageDaemon } from "../block-copy";
import { incrementBytes, NoIncrement } from "../increment";
import type { Space } from "../probe";
import { DiskProgress } from "../progress";
import { readNode, type Source } from "../source";
import { requireSpace } from "../space";
import type { Ground } from "./fold";
import { findOverlay, type Label, stackOf } from "./stack";

export interface OverlayCopy {
  ground: Ground;
  /** Disks as their files lie; nobody may write to the overlays that are copied. */
  sources: readonly Source[];
  parent: Label;
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
}

/**
 * Stage what the parent's overlay holds, and the overlays above it. Ranges that were zeroed or discarded become explicit
 * zero clusters.
 * @throws NoIncrement when a disk has no overlay of the parent
 */
export async function stageOverlays({ ground, sources, parent, space, targetOf }: OverlayCopy): Promise<void> {
  const { machine, log, signal } = ground;
  const disks = sources.map((source, index) => {
    const stack = stackOf(source);
    const at = stack === null ? -1 : findOverlay(stack, parent);
    if (at < 0) throw new NoIncrement(`disk ${source.diskId} has no overlay that records its changes`);
    // The oldest first: what a newer one holds counts.
    const layers = Array.from({ length: at + 1 }, (_, each) => at - each);
    const bytes = layers.reduce((sum, each) => sum + (source.layers[each]?.allocated ?? 0), 0);
    return { source, bytes, layers: layers.map((each) => ({ each, device: `src${index}-${each}` })) };
  });
  const bytes = disks.map((disk) => disk.bytes);
  requireSpace(incrementBytes(bytes), space, machine.host);
  const nodes = disks.flatMap(({ source, layers }) =>
    layers.map(({ each, device }) => readNode({ ...source, layers: source.layers.slice(each) }, device)),
  );
  await withStorageDaemon(machine, nodes, signal, async (qmp) => {
    const progress = new DiskProgress(
      log,
      disks.map(({ source }, index) => [source.diskId, bytes[index] ?? 0]),
    );
    for (const { source, layers } of disks) {
      const { diskId, virtualSize } = source;
      const parts = layers.map(({ device }) => ({ device, bitmap: null }));
      await copyDirty(qmp, { machine, diskId, parts, virtualSize, filename: targetOf(diskId), progress, signal });
    }
  });
}
