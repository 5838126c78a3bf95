import type { Inode } from "./inode";
import { blockAt, damaged, readAt, readInto, type Xfs } from "./volume";

/** A piece of a file that lies in one piece on the disk. */
interface Extent {
  /** First byte in the file. */
  at: number;
  bytes: number;
  /** First byte in the file system; null: reserved but never written, so zeros. */
  place: number | null;
}

const RECORD = 16;
const CHUNK = 256 * 1024;
const ZEROS = Buffer.alloc(CHUNK);
/** A tree of extents is never deeper. */
const MAX_LEVEL = 12;

/** The extents of a file, in the order of the file, without overlaps. */
export function* extentsOf(xfs: Xfs, inode: Inode): Generator<Extent> {
  if (inode.isRealtime) throw new Error("The file lies on a real-time device, which is not read.");
  let end = 0;
  for (const extent of inode.fork === "tree" ? tree(xfs, inode) : list(xfs, inode)) {
    if (extent.at < end || extent.bytes === 0) throw damaged(`the pieces of file ${inode.id} are in disorder`);
    end = extent.at + extent.bytes;
    yield extent;
  }
}

function* list(xfs: Xfs, inode: Inode): Generator<Extent> {
  if (inode.fork !== "extents") return;
  if (inode.extents * RECORD > inode.data.length) throw damaged(`file ${inode.id} has too many pieces`);
  for (let index = 0; index < inode.extents; index += 1) yield record(xfs, inode.data, index * RECORD);
}

function* tree(xfs: Xfs, inode: Inode): Generator<Extent> {
  const root = inode.data;
  const level = root.readUInt16BE(0);
  yield* below(xfs, inode, { node: root, level, count: root.readUInt16BE(2), head: 4 });
}

interface Node {
  node: Buffer;
  level: number;
  count: number;
  head: number;
}

function* below(xfs: Xfs, inode: Inode, { node, level, count, head }: Node): Generator<Extent> {
  const most = Math.floor((node.length - head) / RECORD);
  if (count > most || level > MAX_LEVEL) throw damaged(`the tree of file ${inode.id} is in disorder`);
  for (let index = 0; index < count; index += 1) {
    if (level === 0) {
      yield record(xfs, node, head + index * RECORD);
      continue;
    }
    const child = readAt(xfs, blockAt(xfs, node.readBigUInt64BE(head + most * 8 + index * 8)), xfs.blockBytes);
    const isRight = child.toString("latin1", 0, 4) === (xfs.isV5 ? "BMA3" : "BMAP");
    // The level falls with each step, so that a tree that bites its tail ends.
    if (!isRight || child.readUInt16BE(4) !== level - 1) throw damaged(`the tree of file ${inode.id} is in disorder`);
    const next = { node: child, level: level - 1, count: child.readUInt16BE(6), head: xfs.isV5 ? 72 : 24 };
    yield* below(xfs, inode, next);
  }
}

/** 1 bit unwritten, 54 bits first block in the file, 52 bits first block on the disk, 21 bits length. */
function record(xfs: Xfs, from: Buffer, at: number): Extent {
  const high = from.readBigUInt64BE(at);
  const low = from.readBigUInt64BE(at + 8);
  const first = Number((high >> 9n) & ((1n << 54n) - 1n)) * xfs.blockBytes;
  const isWritten = high >> 63n === 0n;
  return {
    at: first,
    bytes: Number(low & 0x1fffffn) * xfs.blockBytes,
    place: isWritten ? blockAt(xfs, ((high & 0x1ffn) << 43n) | (low >> 21n)) : null,
  };
}

/** The content of a file, in chunks; holes are zeros. */
export function* contentOf(xfs: Xfs, inode: Inode): Generator<Buffer> {
  if (inode.fork === "local") {
    yield inode.data.subarray(0, inode.bytes);
    return;
  }
  let done = 0;
  for (const extent of extentsOf(xfs, inode)) {
    if (extent.at >= inode.bytes) break;
    yield* zeros(extent.at - done);
    const bytes = Math.min(extent.bytes, inode.bytes - extent.at);
    if (extent.place === null) yield* zeros(bytes);
    else yield* stored(xfs, extent.place, bytes);
    done = extent.at + bytes;
  }
  yield* zeros(inode.bytes - done);
}

function* stored(xfs: Xfs, place: number, bytes: number): Generator<Buffer> {
  for (let done = 0; done < bytes; done += CHUNK) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, bytes - done));
    readInto(xfs, chunk, place + done);
    yield chunk;
  }
}

function* zeros(bytes: number): Generator<Buffer> {
  for (let done = 0; done < bytes; done += CHUNK) yield ZEROS.subarray(0, Math.min(CHUNK, bytes - done));
}
