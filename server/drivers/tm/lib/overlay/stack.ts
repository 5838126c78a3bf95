/**
 * INCREMENT_MODE SNAPSHOT: how the files of a disk lie, and what has to be merged. Pure.
 *
 * `<vm_dir>/disk.<n>` is a link to the newest overlay in `<vm_dir>/disk.<n>.snap`. There `0` is the disk itself, or a link
 * to it, and `<increment + 1>.<backup id>.<token>` is an overlay that records what changed after that increment of that
 * backup. Whoever opens `disk.<n>` sees the whole disk, whatever was merged or not: the link always leads to the newest
 * layer, and a layer that is being merged into the one below it hides that one.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Layer, Source } from "../source";

/** Name of the disk itself in the folder of the layers. */
export const BASE = "0";

export interface Overlay {
  /** Of its file. */
  name: string;
  /** It records the changes after this increment, … */
  incrementId: number;
  /** … which is this backup; null: the core that took it did not say. */
  backupId: string | null;
  /** Snapshots of qcow2 inside it, which a merge would lose. */
  snapshots: number;
}

export interface Stack {
  diskId: number;
  /** All links resolved. */
  folder: string;
  /** Newest first; at least one. */
  overlays: Overlay[];
  /** The disk itself, its own layers first to last. */
  below: Layer[];
  /** The lowest overlay names `0` as what it lies on. */
  hasBase: boolean;
}

/** Whose changes an overlay records. */
export interface Label {
  incrementId: number;
  /** Null: the core does not say. */
  backupId: string | null;
}

/** The overlays of a disk; null: it has none. */
export function stackOf({ diskId, layers }: Pick<Source, "diskId" | "layers">): Stack | null {
  const folder = path.dirname(layers[0]?.file ?? "");
  if (path.basename(folder) !== `disk.${diskId}.snap`) return null;
  const overlays: Overlay[] = [];
  for (const [index, layer] of layers.entries()) {
    const name = index === 0 ? layer.file : layer.name;
    const overlay = path.dirname(name) === folder ? parseName(path.basename(name), layer.snapshots) : null;
    if (overlay === null) break;
    overlays.push(overlay);
  }
  if (overlays.length === 0) return null;
  const below = layers.slice(overlays.length);
  return { diskId, folder, overlays, below, hasBase: below[0]?.name === path.join(folder, BASE) };
}

/** Is it an overlay of a disk? Snapshots inside one would be lost when it is merged. */
export function isOverlayFile(file: string): boolean {
  return /\/disk\.\d{1,6}\.snap\/[^/]+$/.test(file);
}

/** A new name each time: one that a failed try has used may be in use by a guest. */
export function newOverlayName({ incrementId, backupId }: Label): string {
  return `${incrementId + 1}.${backupId ?? "0"}.${randomBytes(4).toString("hex")}`;
}

function parseName(name: string, snapshots: number): Overlay | null {
  const [, number, id] = /^([1-9]\d{0,8})\.(0|[0-9a-f]{6,64})\.[0-9a-f]{8}$/.exec(name) ?? [];
  if (number === undefined || id === undefined) return null;
  return { name, incrementId: Number(number) - 1, backupId: id === "0" ? null : id, snapshots };
}

/**
 * Position of the overlay that began with this backup; -1: there is none. A pre-backup that was repeated has left several:
 * what was stored in the end is the newest one's.
 */
export function findOverlay(stack: Stack, { incrementId, backupId }: Label): number {
  return stack.overlays.findIndex(
    (overlay) => overlay.incrementId === incrementId && (backupId === null || overlay.backupId === backupId),
  );
}

/** Put what one layer holds into another one below it, whose reader then stands on that. */
export interface Merge {
  overlay: string;
  into: string;
  /** The overlay that lies on it; null: it is the newest, and `disk.<n>` leads to what it was merged into. */
  above: string | null;
  /** Files of `into` and all below it, first to last. */
  chain: Pick<Layer, "file" | "format">[];
}

/**
 * What has to be merged so that the overlay at `parent` lies on the disk itself and is the newest, or second to a guest that
 * runs: nobody may take away the layer it writes to.
 */
export function planSettle(stack: Stack, parent: number, isLive: boolean): Merge[] {
  const keep = stack.overlays[parent];
  if (keep === undefined) return [];
  const lower = stack.overlays.slice(parent);
  const merges = planDown(stack, lower, 1);
  const onBase = [layerOf(stack, keep), ...stack.below];
  const upper = stack.overlays.slice(isLive ? 1 : 0, parent).reverse();
  return [
    ...merges,
    ...upper.map((overlay): Merge => {
      const at = stack.overlays.indexOf(overlay);
      return { overlay: overlay.name, into: keep.name, above: stack.overlays[at - 1]?.name ?? null, chain: onBase };
    }),
  ];
}

/** All overlays into the disk itself; `disk.<n>` is that again. */
export function planFold(stack: Stack): Merge[] {
  return planDown(stack, stack.overlays, 0);
}

/** Lowest first, each into the disk itself, but for the first `keep`. */
function planDown(stack: Stack, overlays: readonly Overlay[], keep: number): Merge[] {
  return overlays
    .map((overlay, at): Merge => {
      return { overlay: overlay.name, into: BASE, above: overlays[at - 1]?.name ?? null, chain: stack.below };
    })
    .slice(keep)
    .reverse();
}

function layerOf(stack: Stack, overlay: Overlay): Pick<Layer, "file" | "format"> {
  const file = path.join(stack.folder, overlay.name);
  return { file, format: "qcow2" };
}
