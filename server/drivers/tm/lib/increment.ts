/**
 * The increment of powered-off disks: what a dirty bitmap names, copied by one qemu-storage-daemon driven over QMP.
 *
 * Sources are opened read-only: killed with a source open for writing, the daemon would leave every bitmap "in use" and
 * the next backup had to be a full. Ranges that were zeroed or discarded become explicit zero clusters, so that the
 * increment hides the parent's old data once it is stacked on it. The staged file has no backing file.
 */
import { z } from "zod";
import type { Machine } from "../../../lib/ssh";
import type { DriverLog } from "../../action";
import { copyDirty, withStorageDaemon } from "./block-copy";
import type { Space } from "./probe";
import { DiskProgress } from "./progress";
import type { Qmp } from "./qmp";
import { readNode, type Source } from "./source";
import { requireSpace } from "./space";

/** No increment can be taken of these disks; the text says why. The caller reports it as a chain reset. */
export class NoIncrement extends Error {
  override readonly name = "NoIncrement";
}

const Bitmap = z.object({ name: z.string().default(""), count: z.number(), inconsistent: z.boolean().default(false) });
const Nodes = z.array(z.object({ "node-name": z.string().optional(), "dirty-bitmaps": z.array(Bitmap).default([]) }));

export interface IncrementRequest {
  machine: Machine;
  sources: readonly Source[];
  /** Bitmap of the parent increment. */
  bitmap: string;
  /** Mark of the parent's backup, which must be there as well; null: the core does not say. */
  mark: string | null;
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
  log: DriverLog;
  signal: AbortSignal;
}

/**
 * Stage the increments of all disks; resolves with the bitmap names of each disk, in order of the sources.
 * Throws NoIncrement when a bitmap or mark is missing or broken, DriverError when space is short or the copy fails.
 */
export async function stageIncrements(request: IncrementRequest): Promise<string[][]> {
  const { machine, sources, bitmap, signal, targetOf } = request;
  const nodes = sources.map((source, index) => readNode(source, `src${index}`));
  return await withStorageDaemon(machine, nodes, signal, async (qmp) => {
    const bitmaps = await readBitmaps(qmp, sources, request);
    const dirty = bitmaps.map((each) => each.dirty);
    requireSpace(incrementBytes(dirty), request.space, machine.host);
    const progress = new DiskProgress(
      request.log,
      sources.map((source, index) => [source.diskId, dirty[index] ?? 0]),
    );
    for (const [index, { diskId, virtualSize }] of sources.entries()) {
      const filename = targetOf(diskId);
      const parts = [{ device: `src${index}`, bitmap }];
      await copyDirty(qmp, { machine, diskId, parts, virtualSize, filename, progress, signal });
    }
    return bitmaps.map((each) => each.names);
  });
}

/** Upper bound of the space that increments of so many dirty bytes take. */
export function incrementBytes(dirty: readonly number[]): number {
  return dirty.reduce((sum, bytes) => sum + Math.ceil(bytes * 1.1) + 4 * 1024 * 1024, 0);
}

async function readBitmaps(
  qmp: Qmp,
  sources: readonly Source[],
  { bitmap, mark }: Pick<IncrementRequest, "bitmap" | "mark">,
): Promise<{ dirty: number; names: string[] }[]> {
  const nodes = Nodes.parse(await qmp.execute("query-named-block-nodes", { flat: true }));
  return sources.map((source, index) => {
    const found = nodes.find((node) => node["node-name"] === `src${index}`)?.["dirty-bitmaps"] ?? [];
    const parent = found.find((each) => each.name === bitmap);
    if (parent === undefined) throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is missing`);
    if (parent.inconsistent) {
      throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is broken: the VM or its host ended hard`);
    }
    if (mark !== null && !found.some((each) => each.name === mark && !each.inconsistent)) {
      throw new NoIncrement(
        `disk ${source.diskId} does not carry the mark of the last backup: it was replaced or restored from elsewhere`,
      );
    }
    return { dirty: parent.count, names: found.map((each) => each.name) };
  });
}
