/**
 * Overlays of powered-off disks (stack.ts): begin one, settle what a backup has left, fold all into the disk itself.
 *
 * `foldOverlays` is the one way by which anything else that changes or takes away a disk file gets rid of them. It can be
 * repeated after any interruption, and costs one look at the host when there is nothing to fold.
 */
import path from "node:path";
import type { Machine } from "../../../../lib/ssh";
import { DriverError, type DriverLog } from "../../../action";
import { onHost, onHostGuarded } from "../host";
import { NoIncrement } from "../increment";
import { decodePaths, probeFiles } from "../probe";
import { type BlockNode, type Layer, resolveSource, type Source } from "../source";
import { BEGIN_SCRIPT, FIND_SCRIPT, MERGE_SCRIPT, NOTE_SCRIPT, SETTLE_NOTE_SCRIPT, SWEEP_SCRIPT } from "./scripts";
import {
  findOverlay,
  type Label,
  type Merge,
  newOverlayName,
  planFold,
  planSettle,
  type Stack,
  stackOf,
} from "./stack";

/** Where the disks are. */
export interface Ground {
  machine: Machine;
  vmDir: string;
  /** What backing files may lie in: see resolveSource. */
  roots: readonly string[];
  log: DriverLog;
  signal: AbortSignal;
}

/** Carries out one merge; off it is `mergeOff`, live libvirt does it. */
export type MergeLayer = (stack: Stack, merge: Merge) => Promise<void>;

/**
 * Merge the overlays of powered-off disks into the disks themselves: `disk.<n>` is again what it was before the first one.
 * @param diskIds null: all disks in the VM's folder
 * @param which `linked`: only disks that lie elsewhere, and stay when the VM's folder goes
 * @returns the disks that had overlays
 * @throws DriverError when one cannot be merged; the disk reads the same then
 */
export async function foldOverlays(
  { machine, vmDir, log, signal }: Omit<Ground, "roots">,
  diskIds: readonly number[] | null,
  which: "all" | "linked" = "all",
): Promise<number[]> {
  const words = [vmDir, ...(diskIds ?? []).map(String)];
  const output = await onHost(machine, "look for overlays of the disks", FIND_SCRIPT, words, { signal });
  const [encoded = "", ...lines] = output.trim().split("\n");
  const found = lines.flatMap((line) => {
    const [id = "", kind] = line.split(" ");
    return /^\d{1,6}$/.test(id) && (which === "all" || kind === "link") ? [Number(id)] : [];
  });
  if (found.length === 0) return [];
  const ground = { machine, vmDir, roots: decodePaths(encoded), log, signal };
  const folded: number[] = [];
  for (const diskId of found) {
    const stack = stackOf(await readDisk(ground, diskId));
    if (stack === null) continue; // snapshots of OpenNebula lie in such a folder too
    if (!stack.hasBase) {
      throw new DriverError(
        `The overlays of disk ${diskId} do not lie on ${vmDir}/disk.${diskId}.snap/0: put their backing files right first.`,
      );
    }
    log.info(`Disk ${diskId}: what its overlay has recorded is merged back (INCREMENT_MODE SNAPSHOT)`);
    for (const merge of planFold(stack)) await mergeOff(ground, stack, merge);
    folded.push(diskId);
  }
  return folded;
}

/** A qcow2 disk and all its layers, as they are now. */
export async function readDisk({ machine, vmDir, roots, signal }: Ground, diskId: number): Promise<Source> {
  const [facts] = await probeFiles(machine, [`${vmDir}/disk.${diskId}`], signal);
  if (facts === undefined) throw new DriverError(`No answer about disk ${diskId}.`);
  return await resolveSource(machine, diskId, "qcow2", facts, roots, signal);
}

/** Merge one layer of a powered-off disk. */
export async function mergeOff({ machine, vmDir, signal }: Ground, stack: Stack, merge: Merge): Promise<void> {
  refuseSnapshots(stack, merge);
  const name = `json:${JSON.stringify(writableNode(stack, merge))}`;
  const words = [vmDir, String(stack.diskId), stack.folder, merge.overlay, merge.into, merge.above ?? "", name];
  await onHostGuarded(machine, `merge the overlay of disk ${stack.diskId}`, MERGE_SCRIPT, words, { signal });
}

/** A merge copies what the guest sees now, and nothing of its snapshots. */
export function refuseSnapshots({ diskId, overlays }: Stack, merge: Merge): void {
  if ((overlays.find(({ name }) => name === merge.overlay)?.snapshots ?? 0) === 0) return;
  throw new DriverError(`The overlay of disk ${diskId} has snapshots inside, which a merge would lose. Delete them.`);
}

/** The overlay over what it is merged into, both to be written; below that nothing is. */
function writableNode({ folder }: Stack, { overlay, chain }: Merge): BlockNode {
  const below = (layers: readonly Pick<Layer, "file" | "format">[]): BlockNode | null => {
    const [layer, ...rest] = layers;
    if (layer === undefined) return null;
    const file: BlockNode = { driver: "file", filename: layer.file };
    return layer.format === "raw" ? { driver: "raw", file } : { driver: "qcow2", file, backing: below(rest) };
  };
  const file: BlockNode = { driver: "file", filename: path.join(folder, overlay) };
  return { driver: "qcow2", file, backing: below(chain) };
}

/**
 * Before an increment: the parent's overlay lies on the disk as it was at that backup, and is the newest (second to a
 * running guest's). What broken merges and failed backups have left is finished or undone.
 * @throws NoIncrement when that overlay is not there, or when somebody has written below it
 */
export async function settle(
  ground: Ground,
  source: Source,
  parent: Label,
  merge: MergeLayer,
  isLive = false,
): Promise<{ isChanged: boolean }> {
  const { diskId } = source;
  const stack = stackOf(source);
  if (stack === null) throw new NoIncrement(`disk ${diskId} has no overlay that records its changes`);
  const at = findOverlay(stack, parent);
  const overlay = stack.overlays[at];
  if (overlay === undefined) {
    throw new NoIncrement(`no overlay of disk ${diskId} records the changes since the last backup`);
  }
  if (!stack.hasBase) throw new NoIncrement(`the overlays of disk ${diskId} do not lie on the disk they were begun on`);
  const lower = stack.overlays[at + 1]?.name ?? "0";
  const { machine, signal } = ground;
  const words = [stack.folder, overlay.name, lower];
  const text = await onHost(machine, `look below the overlay of disk ${diskId}`, NOTE_SCRIPT, words, { signal });
  const [noted, now] = text.split("\n");
  if (noted !== "merging" && noted !== now) {
    const what = noted === "" ? "it is not recorded what lies below the overlay of disk" : "below its overlay, disk";
    throw new NoIncrement(`${what} ${diskId}${noted === "" ? "" : " was written to or replaced"}`);
  }
  const merges = planSettle(stack, at, isLive);
  for (const each of merges) await merge(stack, each);
  if (noted === "merging" && lower === "0") {
    await onHost(machine, `note what lies below disk ${diskId}`, SETTLE_NOTE_SCRIPT, words, { signal });
  }
  return { isChanged: merges.length > 0 };
}

/** Remove files that are no layer of the disk. Only when nobody has it open. */
export async function sweep({ machine, signal }: Ground, source: Source): Promise<void> {
  const stack = stackOf(source);
  if (stack === null || !stack.hasBase) return;
  const words = [stack.folder, ...stack.overlays.map(({ name }) => name)];
  await onHost(machine, `remove old layers of disk ${source.diskId}`, SWEEP_SCRIPT, words, { signal });
}

/** From now on new overlays of powered-off disks record the changes. Fails, with nothing changed, when one was written to. */
export async function beginOverlays(
  { machine, vmDir, signal }: Ground,
  sources: readonly Source[],
  label: Label,
): Promise<void> {
  if (sources.length === 0) return;
  const words = sources.flatMap(({ diskId, virtualSize, modified }) => {
    return [String(diskId), newOverlayName(label), String(virtualSize), modified];
  });
  const what = "begin to record the changes of the disks";
  await onHost(machine, what, BEGIN_SCRIPT, [vmDir, ...words], { signal });
}
