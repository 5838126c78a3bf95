/**
 * A chain of local qcow2 files as one new file: every file is read once, in its own order, and each range goes from the
 * layer that holds it to its place.
 *
 * One `qemu-img convert` over a chain asks all layers for every range and moves them piece by piece: over 20 increments it
 * takes twice as long as copying the disk. Here qemu-img says where each range is. Reading a file from its beginning to
 * its end also gives its checksum, without a second pass over the same bytes.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type ExtentList, mapChain } from "./chain-map";
import { type ConvertOptions, convertNode, type DiskFormat } from "./convert";
import { copyPieces, type Piece } from "./merge-copy";
import { CLUSTER, qcow2Layout } from "./qcow2-layout";

export interface MergeFile {
  path: string;
  /** Read it to its end and answer its checksum. */
  isHashed?: boolean;
}

/**
 * Fill `part`, an existing empty file.
 * @param files of the chain, oldest first; `node` is the same chain for qemu
 * @param options.total guest-visible bytes
 * @returns SHA-256 of each file as it was read, null where none was asked for; null altogether when qemu had to read the
 *   files, because they hold compressed or encrypted data
 */
export async function mergeChain(
  files: readonly MergeFile[],
  node: object,
  part: string,
  format: DiskFormat,
  options: ConvertOptions,
): Promise<(string | null)[] | null> {
  const extents = await mapChain(node, files.length, options.signal);
  if (extents === null) {
    await convertNode(node, part, format, options);
    return null;
  }
  const sources: { handle: FileHandle; isHashed: boolean }[] = [];
  const target = await open(part, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    for (const { path, isHashed = false } of files) {
      sources.push({ handle: await open(path, constants.O_RDONLY | constants.O_NOFOLLOW), isHashed });
    }
    if (format === "raw") {
      await target.truncate(options.total);
      return await copyPieces(sources, rawPieces(extents, files.length), part, options);
    }
    const layout = qcow2Layout(extents, options.total);
    await target.truncate(layout.fileBytes);
    const pieces = packedPieces(extents, files.length, layout.dataStart);
    const sums = await copyPieces(sources, pieces, part, options);
    for (const { offset, bytes } of layout.metadata()) await target.write(bytes, 0, bytes.length, offset);
    return sums;
  } finally {
    for (const { handle } of sources) await handle.close();
    await target.close();
  }
}

/** Data goes where the guest has it. */
function rawPieces(extents: ExtentList, files: number): Piece[][] {
  return piecesByFile(extents, files, (start) => start);
}

/** Clusters with data, one after the other from `dataStart`. */
function packedPieces(extents: ExtentList, files: number, dataStart: number): Piece[][] {
  let lastCluster = -1;
  /** Of the last cluster, among those with data. */
  let rank = -1;
  return piecesByFile(extents, files, (start, length) => {
    const first = Math.floor(start / CLUSTER);
    const place = first === lastCluster ? rank : rank + 1;
    lastCluster = Math.floor((start + length - 1) / CLUSTER);
    rank = place + lastCluster - first;
    return dataStart + place * CLUSTER + (start % CLUSTER);
  });
}

/** What to take from each file, in the order of that file. `placeOf` is asked once for every extent, in the disk's order. */
function piecesByFile(
  extents: ExtentList,
  files: number,
  placeOf: (start: number, length: number) => number,
): Piece[][] {
  const pieces = Array.from({ length: files }, (): Piece[] => []);
  for (let index = 0; index < extents.count; index += 1) {
    const { start, length, file, offset } = extents.at(index);
    const to = placeOf(start, length);
    const list = pieces[file] ?? [];
    const last = list.at(-1);
    if (last !== undefined && last.from + last.length === offset && last.to + last.length === to) last.length += length;
    else list.push({ from: offset, to, length });
  }
  for (const list of pieces) list.sort((a, b) => a.from - b.from);
  return pieces;
}
