/**
 * A VM's disk as qemu must open it: every file and format named by us, nothing taken from a header without a check.
 *
 * A qcow2 header can name any file of the host as its backing file, so each layer is parsed here first, and a backing
 * file is only followed into the folder of the datastores. qemu then gets the whole chain as explicit block nodes with
 * `backing` set (or null), and never reads a name from a header itself.
 */
import path from "node:path";
import { parseQcow2Header, type Qcow2Header, unsafeReason } from "../../../domain/qcow2-header";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { type FileFacts, probeFiles } from "./probe";

/** More layers than any clone of ours makes. */
const MAX_LAYERS = 16;

export type DiskFormat = "qcow2" | "raw";

export interface Layer {
  /** All links resolved. */
  file: string;
  /** As the header above names it; of the top layer, as it was asked for. */
  name: string;
  format: DiskFormat;
  /** The header above names it relative to its own folder. */
  isRelative: boolean;
  /** Snapshots of qcow2 inside the file. */
  snapshots: number;
  /** Bytes that the file occupies. */
  allocated: number;
}

export interface Source {
  diskId: number;
  format: DiskFormat;
  /** Top layer first. */
  layers: Layer[];
  /** Bytes the guest sees. */
  virtualSize: number;
  /** Upper bound of the bytes a full copy holds. */
  allocated: number;
  /** Of the top layer; changes when somebody writes. */
  modified: string;
  /** Version 2 files cannot carry bitmaps. */
  canHaveBitmaps: boolean;
}

/** What qemu opens: an option of `--blockdev` and of `json:` names alike. */
export interface BlockNode {
  driver: string;
  "node-name"?: string;
  "read-only"?: boolean;
  file?: BlockNode | string;
  filename?: string;
  backing?: BlockNode | null;
  discard?: string;
}

/** Follow and check the layers of a disk. Throws DriverError naming the disk and what is wrong with it. */
export async function resolveSource(
  machine: Machine,
  diskId: number,
  format: DiskFormat,
  top: FileFacts,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<Source> {
  if (format === "raw") {
    // A raw disk stays raw for ever, whatever its first bytes say: the guest writes them.
    const virtualSize = Math.ceil(top.size / 512) * 512;
    return toSource(diskId, [layerOf(top, format, null)], virtualSize, top.modified, null);
  }
  const header = readHeader(diskId, top);
  const layers: Layer[] = [layerOf(top, "qcow2", header)];
  let current: Qcow2Header | null = header;
  let facts = top;
  while (current !== null && current.backingOffset !== 0) {
    if (layers.length >= MAX_LAYERS) throw new DriverError(`Disk ${diskId} has more than ${MAX_LAYERS} layers.`);
    const { file, format: next, isRelative } = backingOf(diskId, current, facts);
    const isOwn = isLayerBeside(facts.realPath, file, diskId);
    [facts = facts] = await probeFiles(machine, [file], signal);
    if (!isOwn && !roots.some((root) => facts.realPath.startsWith(`${root}/`))) {
      throw new DriverError(
        `Disk ${diskId} is refused: its backing file ${facts.realPath} lies outside the datastores.`,
      );
    }
    if (layers.some((layer) => layer.file === facts.realPath))
      throw new DriverError(`Disk ${diskId} is its own backing file.`);
    current = next === "qcow2" ? readHeader(diskId, facts) : null;
    layers.push({ ...layerOf(facts, next, current), isRelative });
  }
  return toSource(diskId, layers, header.virtualSize, top.modified, header);
}

function layerOf(facts: FileFacts, format: DiskFormat, header: Qcow2Header | null): Layer {
  const allocated = Math.min(facts.allocated, Math.max(facts.size, 0));
  const snapshots = header?.snapshotCount ?? 0;
  return { file: facts.realPath, name: facts.path, format, isRelative: false, snapshots, allocated };
}

/**
 * Is `file` another layer of the folder that holds the layer above it, the disk's own (overlay/stack.ts)? The disk below
 * the overlays may be a link that leads anywhere, as `<vm_dir>/disk.<n>` itself may.
 */
function isLayerBeside(above: string, file: string, diskId: number): boolean {
  const folder = path.dirname(above);
  return path.basename(folder) === `disk.${diskId}.snap` && path.dirname(file) === folder;
}

function toSource(
  diskId: number,
  layers: Layer[],
  virtualSize: number,
  modified: string,
  header: Qcow2Header | null,
): Source {
  const allocated = layers.reduce((sum, each) => sum + each.allocated, 0);
  return {
    diskId,
    format: header === null ? "raw" : "qcow2",
    layers,
    virtualSize,
    allocated: Math.min(allocated, virtualSize),
    modified,
    canHaveBitmaps: header !== null && header.version === 3,
  };
}

function readHeader(diskId: number, facts: FileFacts): Qcow2Header {
  const result = parseQcow2Header(facts.head);
  const reason = result.ok ? unsafeReason(result.header, true) : result.reason;
  if (result.ok && reason === null) return result.header;
  throw new DriverError(`Disk ${diskId} is refused: ${facts.path}: ${reason ?? "unknown"}.`);
}

/** The next layer a header names, as an absolute path with a known format. */
function backingOf(
  diskId: number,
  header: Qcow2Header,
  facts: FileFacts,
): { file: string; format: DiskFormat; isRelative: boolean } {
  const { backingFile, backingFormat } = header;
  const refuse = (why: string) => new DriverError(`Disk ${diskId} is refused: its backing file ${why}.`);
  if (backingFile === null || backingFile === "") throw refuse("has no readable name");
  if (/^[^/]*:/.test(backingFile)) throw refuse("is not a plain file");
  if (backingFormat !== "qcow2" && backingFormat !== "raw") throw refuse("has no stated format (qcow2 or raw)");
  if (path.isAbsolute(backingFile)) return { file: backingFile, format: backingFormat, isRelative: false };
  // qemu resolves a relative name against the path it was given; behind a link that is another folder than the file's.
  if (path.dirname(facts.realPath) !== path.dirname(facts.path)) throw refuse("has a relative name behind a link");
  const file = path.join(path.dirname(facts.realPath), backingFile);
  return { file, format: backingFormat, isRelative: true };
}

/** The disk as a read-only graph; `nodeName` names its top node. */
export function readNode(source: Source, nodeName?: string): BlockNode {
  const build = (layers: readonly Layer[]): BlockNode | null => {
    const [layer, ...below] = layers;
    if (layer === undefined) return null;
    const file: BlockNode = { driver: "file", filename: layer.file, "read-only": true };
    if (layer.format === "raw") return { driver: "raw", "read-only": true, file };
    return { driver: "qcow2", "read-only": true, file, backing: build(below) };
  };
  const node = build(source.layers);
  if (node === null) throw new DriverError(`Disk ${source.diskId} has no file.`);
  return nodeName === undefined ? node : { "node-name": nodeName, ...node };
}

/** The disk as a file name for qemu-img, read-only and with its layers. */
export function readName(source: Source): string {
  return `json:${JSON.stringify(readNode(source))}`;
}

/** The top layer alone, for work on its bitmaps; the name of the backing file in its header is not followed and stays. */
export function topName(source: Source): string {
  const filename = source.layers[0]?.file ?? "";
  return `json:${JSON.stringify({ driver: "qcow2", file: { driver: "file", filename }, backing: null })}`;
}
