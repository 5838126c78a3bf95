/**
 * The powered-off part of INCREMENT_MODE SNAPSHOT. The increment is what the parent's overlay holds, and any overlays above
 * it. When it is staged, a new overlay is begun; the parent's is merged back when the increment is stored (postbackup), so
 * that a backup that comes to nothing loses nothing.
 */
import { DriverError, type DriverLog } from "../../../action";
import { listBitmaps } from "../bitmap";
import { stageFulls } from "../full";
import { onHost } from "../host";
import { NoIncrement } from "../increment";
import type { Space } from "../probe";
import { type Source, topName } from "../source";
import { isOurBitmap, type VmDocument } from "../vm-document";
import { stageOverlays } from "./copy";
import { beginOverlays, foldOverlays, type Ground, mergeOff, readDisk, settle, sweep } from "./fold";
import { isOverlayFile, type Label, stackOf } from "./stack";

/** $1 name for qemu, then bitmaps. */
const REMOVE_BITMAPS_SCRIPT = `
set -eu
name=$1; shift
for bitmap in "$@"; do qemu-img bitmap --remove "$name" "$bitmap"; done
`;

/**
 * A domain that libvirt keeps names its disk files itself: started without us it would write below the overlay.
 * @throws DriverError
 */
export function requireOwnDomain(deployId: string | undefined, vmId: number): void {
  if (deployId === `one-${vmId}`) return;
  throw new DriverError(
    `INCREMENT_MODE SNAPSHOT is not for VM ${vmId}: its domain was imported, and names its disk files itself. Set INCREMENT_MODE to CBT.`,
  );
}

/** The increment that this backup is based on. */
export function parentLabel({ parentId, parentBackupId }: VmDocument): Label {
  return { incrementId: parentId, backupId: parentBackupId };
}

/** Without their overlays; those that lie on something strange are left, and read the same. */
export async function foldSources(ground: Ground, sources: readonly Source[]): Promise<Source[]> {
  const wanted = sources.filter((source) => stackOf(source)?.hasBase === true).map(({ diskId }) => diskId);
  if (wanted.length === 0) return [...sources];
  await foldOverlays(ground, wanted);
  return await Promise.all(
    sources.map((source) => (wanted.includes(source.diskId) ? readDisk(ground, source.diskId) : source)),
  );
}

/** What records the changes from this backup on. */
export interface Recorder {
  /** After everything is staged. */
  begin(): Promise<void>;
  /** Null: nothing, or no bitmap. */
  bitmapOf(diskId: number): string | null;
}

export interface SnapshotJob {
  ground: Ground;
  document: VmDocument;
  /** Of this backup; null: the core does not say. */
  backupId: string | null;
  sources: readonly Source[];
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
}

/**
 * Stage the disks of a powered-off VM. For a full, `sources` have no overlays (foldSources).
 * @throws NoIncrement when an increment was asked for and is not possible
 */
export async function stageSnapshotMode(job: SnapshotJob): Promise<Recorder> {
  const { ground, document, backupId } = job;
  const sources = document.parentId < 0 ? await full(job) : await increment(job);
  return {
    begin: () => beginOverlays(ground, sources, { incrementId: document.parentId + 1, backupId }),
    bitmapOf: () => null,
  };
}

/** @returns the disks whose changes an overlay can record */
async function full({ ground, document, sources, space, targetOf }: SnapshotJob): Promise<Source[]> {
  const { machine, log, signal } = ground;
  const recordable = recordableDisks(sources, log);
  // Before the copy, because it writes to the disks; afterwards nobody may.
  const cleaned = await removeBitmaps(ground, document.vmId, recordable);
  const now = sources.map((source) => cleaned.find(({ diskId }) => diskId === source.diskId) ?? source);
  await stageFulls({ machine, sources: now, space, targetOf, log, signal });
  return cleaned;
}

/** Disks whose next backup cannot be an increment are named in the log. */
export function recordableDisks(sources: readonly Source[], log: DriverLog): Source[] {
  return sources.filter((source) => {
    const why = whyNotRecordable(source);
    if (why === null) return true;
    log.warn(`Disk ${source.diskId} cannot record changes (${why}): the next backup will be a full one.`);
    return false;
  });
}

function whyNotRecordable(source: Source): string | null {
  const { format, layers } = source;
  if (format === "raw") return "raw";
  if (isOverlayFile(layers[0]?.file ?? "") && stackOf(source) === null) return "it lies among snapshots of OpenNebula";
  // The file gets a place in another folder.
  return layers[1]?.isRelative === true ? "its backing file has a relative name" : null;
}

async function increment({ ground, document, sources, space, targetOf }: SnapshotJob): Promise<Source[]> {
  const parent = parentLabel(document);
  const settled: Source[] = [];
  for (const source of sources) {
    if (source.format === "raw") throw new NoIncrement(`disk ${source.diskId} cannot record changes (raw)`);
    settled.push(await settleOff(ground, source, parent));
  }
  await stageOverlays({ ground, sources: settled, parent, space, targetOf });
  return settled;
}

/** The disk with the parent's overlay as its newest, on the disk itself. Throws NoIncrement as `settle` does. */
export async function settleOff(ground: Ground, source: Source, parent: Label): Promise<Source> {
  const { isChanged } = await settle(ground, source, parent, (stack, merge) => mergeOff(ground, stack, merge));
  const now = isChanged ? await readDisk(ground, source.diskId) : source;
  await sweep(ground, now);
  return now;
}

/** Bitmaps of CBT know nothing of overlays, and would be written to by every merge. */
async function removeBitmaps(ground: Ground, vmId: number, sources: readonly Source[]): Promise<Source[]> {
  const { machine, signal } = ground;
  const names = await listBitmaps(machine, sources, signal);
  const cleaned: Source[] = [];
  for (const [index, source] of sources.entries()) {
    const ours = (names[index] ?? []).filter((name) => isOurBitmap(name, vmId));
    if (ours.length > 0) {
      const what = `remove the old bitmaps of disk ${source.diskId}`;
      await onHost(machine, what, REMOVE_BITMAPS_SCRIPT, [topName(source), ...ours], { signal });
    }
    cleaned.push(ours.length > 0 ? await readDisk(ground, source.diskId) : source);
  }
  return cleaned;
}
