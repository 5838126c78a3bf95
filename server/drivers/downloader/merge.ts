/**
 * A chain of local qcow2 files as one new file: every range is copied once, from the layer that holds it.
 *
 * One `qemu-img convert` over a chain asks all layers for every range and moves them piece by piece: over 20 increments it
 * takes twice as long as copying the disk. Here qemu-img says where each range is, and the copy is plain reads and writes
 * in the order of the disk.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { throwIfCancelled } from "../action";
import { type ExtentList, mapChain } from "./chain-map";
import { type ConvertOptions, convertNode, type DiskFormat } from "./convert";
import { CLUSTER, qcow2Layout } from "./qcow2-layout";

/** One write; with the workers, what the copy keeps in memory. */
const CHUNK = 1024 * 1024;
/** As many as libuv has threads. */
const WORKERS = 4;

/** A write to the new file, and the reads that fill it. */
interface Chunk {
  offset: number;
  length: number;
  pieces: { file: number; from: number; to: number; length: number }[];
}

/**
 * Fill `part`, an existing empty file.
 * @param files of the chain, oldest first; `node` is the same chain for qemu
 * @param options.total guest-visible bytes
 */
export async function mergeChain(
  files: readonly { path: string }[],
  node: object,
  part: string,
  format: DiskFormat,
  options: ConvertOptions,
): Promise<void> {
  const extents = await mapChain(node, files.length, options.signal);
  if (extents === null) return await convertNode(node, part, format, options);

  const opened: FileHandle[] = [];
  const target = await open(part, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    for (const { path } of files) opened.push(await open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    if (format === "raw") {
      await target.truncate(options.total);
      await copyChunks(rawChunks(extents), opened, target, dataBytes(extents), options);
      return;
    }
    const layout = qcow2Layout(extents, options.total);
    await target.truncate(layout.fileBytes);
    await copyChunks(packedChunks(extents, layout.dataStart), opened, target, dataBytes(extents), options);
    for (const { offset, bytes } of layout.metadata()) await target.write(bytes, 0, bytes.length, offset);
  } finally {
    for (const each of [...opened, target]) await each.close();
  }
}

function dataBytes(extents: ExtentList): number {
  let sum = 0;
  for (let index = 0; index < extents.count; index += 1) sum += extents.at(index).length;
  return sum;
}

/** Data goes where the guest has it. */
function rawChunks(extents: ExtentList): Generator<Chunk> {
  return chunks(extents, (start) => start);
}

/** Clusters with data, one after the other from `dataStart`. */
function packedChunks(extents: ExtentList, dataStart: number): Generator<Chunk> {
  let last = -1;
  let count = 0;
  return chunks(extents, (start) => {
    const cluster = Math.floor(start / CLUSTER);
    if (cluster !== last) count += 1;
    last = cluster;
    return dataStart + (count - 1) * CLUSTER + (start % CLUSTER);
  });
}

/**
 * Writes of at most CHUNK bytes, each without a gap. `placeOf` is asked for every cluster of the disk in order, and for
 * every extent's first byte.
 */
function* chunks(extents: ExtentList, placeOf: (start: number) => number): Generator<Chunk> {
  let chunk: Chunk | null = null;
  for (let index = 0; index < extents.count; index += 1) {
    const { start, length, file, offset } = extents.at(index);
    for (let done = 0; done < length; ) {
      const here = start + done;
      const size = Math.min(length - done, CLUSTER - (here % CLUSTER));
      const place = placeOf(here);
      if (chunk === null || place !== chunk.offset + chunk.length || chunk.length + size > CHUNK) {
        if (chunk !== null) yield chunk;
        chunk = { offset: place, length: 0, pieces: [] };
      }
      const before = chunk.pieces.at(-1);
      if (before !== undefined && before.file === file && before.from + before.length === offset + done) {
        before.length += size;
      } else {
        chunk.pieces.push({ file, from: offset + done, to: chunk.length, length: size });
      }
      chunk.length += size;
      done += size;
    }
  }
  if (chunk !== null) yield chunk;
}

async function copyChunks(
  source: Generator<Chunk>,
  files: readonly FileHandle[],
  target: FileHandle,
  dataTotal: number,
  { total, signal, onProgress }: ConvertOptions,
): Promise<void> {
  let copied = 0;
  const work = async () => {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      throwIfCancelled(signal);
      const next = source.next();
      if (next.done === true) return;
      const { offset, length, pieces } = next.value;
      await Promise.all(pieces.map((piece) => readPiece(files, piece, buffer)));
      await target.write(buffer, 0, length, offset);
      copied += length;
      onProgress((copied / dataTotal) * total);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  onProgress(total);
}

/** What is behind the end of a file reads as zeros, as qemu has it. */
async function readPiece(files: readonly FileHandle[], piece: Chunk["pieces"][number], buffer: Buffer): Promise<void> {
  let done = 0;
  while (done < piece.length) {
    const { bytesRead = 0 } =
      (await files[piece.file]?.read(buffer, piece.to + done, piece.length - done, piece.from + done)) ?? {};
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  buffer.fill(0, piece.to + done, piece.to + piece.length);
}
