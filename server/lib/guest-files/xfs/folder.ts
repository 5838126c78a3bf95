import { extentsOf } from "./content";
import { type Inode, readInode } from "./inode";
import { damaged, readAt, readInto, type Xfs } from "./volume";

interface Name {
  name: Buffer;
  inode: bigint;
}

/** Above it, a folder's file holds its index, which only speeds up the search for one name. */
const INDEX_AT = 2 ** 35;
const FREE = 0xffff;
const MAX_PATH = 16 * 1024;
const MAX_TARGET = 4096;
/** A piece of a link is a few blocks at most. */
const MAX_LINK_BYTES = 128 * 1024;
const TYPES: Readonly<Record<number, string>> = { 1: "p", 2: "c", 4: "d", 6: "b", 8: "r", 10: "l", 12: "s" };
const FOLDER = 4;
const LINK = 10;

/**
 * What is in a folder, and with `isDeep` below it, as `fls -m ""` writes it: one line a file, control characters as `^`.
 * A file that cannot be read is listed without its facts. A folder that was seen is not entered again.
 * @param folder number of an inode; empty: the top folder
 */
export function* bodyLines(xfs: Xfs, folder: string, isDeep: boolean): Generator<Buffer> {
  const open = [{ id: folder === "" ? xfs.root : BigInt(folder), path: Buffer.alloc(0) }];
  const seen = new Set<bigint>([xfs.root]);
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const inode = readInode(xfs, at.id);
    if (inode.mode >> 12 !== FOLDER) throw new Error("This is not a folder.");
    seen.add(at.id);
    for (const { name, inode: id } of namesOf(xfs, inode)) {
      const path = Buffer.concat([at.path, Buffer.from("/"), shown(name)]);
      const file = tryInode(xfs, id);
      yield bodyLine(xfs, path, id, file);
      const isNew = file !== null && file.mode >> 12 === FOLDER && !seen.has(id);
      if (isDeep && isNew && path.length < MAX_PATH) {
        seen.add(id);
        open.push({ id, path });
      }
    }
  }
}

function tryInode(xfs: Xfs, id: bigint): Inode | null {
  try {
    return readInode(xfs, id);
  } catch {
    return null;
  }
}

function bodyLine(xfs: Xfs, path: Buffer, id: bigint, file: Inode | null): Buffer {
  const type = file === null ? "-" : (TYPES[file.mode >> 12] ?? "-");
  const target = file !== null && file.mode >> 12 === LINK ? targetOf(xfs, file) : null;
  const bytes = target?.length ?? file?.bytes ?? 0;
  const facts = [file?.accessed ?? 0, file?.modified ?? 0, file?.changed ?? 0, 0].join("|");
  const tail = `|${id}|${type}/${type}${modeWord(file?.mode ?? 0)}|${file?.uid ?? 0}|${file?.gid ?? 0}|${bytes}|${facts}\n`;
  const arrow = target === null ? [] : [Buffer.from(" -> "), target];
  return Buffer.concat([Buffer.from("0|"), path, ...arrow, Buffer.from(tail)]);
}

function modeWord(mode: number): string {
  return [..."rwxrwxrwx"].map((sign, index) => ((mode & (0o400 >> index)) === 0 ? "-" : sign)).join("");
}

function shown(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte < 0x20 ? 0x5e : byte)));
}

/** Where a link leads to; null when that cannot be read. */
function targetOf(xfs: Xfs, link: Inode): Buffer | null {
  if (link.bytes === 0 || link.bytes > MAX_TARGET) return null;
  if (link.fork === "local") return shown(link.data.subarray(0, link.bytes));
  // Each piece begins with a header of its own.
  const head = xfs.isV5 ? 56 : 0;
  const parts: Buffer[] = [];
  try {
    for (const { place, bytes } of extentsOf(xfs, link)) {
      if (place === null || bytes > MAX_LINK_BYTES) return null;
      parts.push(readAt(xfs, place, bytes).subarray(head));
    }
  } catch {
    return null;
  }
  const target = Buffer.concat(parts);
  return target.length < link.bytes ? null : shown(target.subarray(0, link.bytes));
}

/** Names in a folder without `.` and `..`, whatever its shape. */
export function* namesOf(xfs: Xfs, folder: Inode): Generator<Name> {
  if (folder.fork === "local") {
    yield* shortForm(xfs, folder);
    return;
  }
  for (const block of blocksOf(xfs, folder, xfs.folderBlockBytes)) {
    for (const name of namesInBlock(xfs, block)) {
      const text = name.name.toString("latin1");
      if (text !== "." && text !== "..") yield name;
    }
  }
}

/** A small folder lies in its inode. */
function* shortForm(xfs: Xfs, { data, id, bytes }: Inode): Generator<Name> {
  const idBytes = data.readUInt8(1) === 0 ? 4 : 8;
  const count = idBytes === 4 ? data.readUInt8(0) : data.readUInt8(1);
  const end = Math.min(bytes, data.length);
  let at = 2 + idBytes;
  for (let index = 0; index < count; index += 1) {
    const length = at < end ? data.readUInt8(at) : 0;
    const idAt = at + 3 + length + (xfs.hasKinds ? 1 : 0);
    if (length === 0 || idAt + idBytes > end) throw damaged(`folder ${id} is in disorder`);
    const inode = idBytes === 4 ? BigInt(data.readUInt32BE(idAt)) : data.readBigUInt64BE(idAt);
    yield { name: data.subarray(at + 3, at + 3 + length), inode };
    at = idAt + idBytes;
  }
}

/** A block of names: those of small folders end with an index of their own. */
function* namesInBlock(xfs: Xfs, block: Buffer): Generator<Name> {
  const magic = block.toString("latin1", 0, 4);
  const isAlone = magic === (xfs.isV5 ? "XDB3" : "XD2B");
  if (!isAlone && magic !== (xfs.isV5 ? "XDD3" : "XD2D")) throw damaged("a folder's block is not one");
  const end = isAlone ? block.length - 8 - block.readUInt32BE(block.length - 8) * 8 : block.length;
  let at = xfs.isV5 ? 64 : 16;
  while (at + 16 <= end) {
    if (block.readUInt16BE(at) === FREE) {
      const free = block.readUInt16BE(at + 2);
      if (free < 8 || free % 8 !== 0) throw damaged("a folder's block is in disorder");
      at += free;
      continue;
    }
    const length = block.readUInt8(at + 8);
    const used = Math.ceil((11 + length + (xfs.hasKinds ? 1 : 0)) / 8) * 8;
    if (length === 0 || at + used > end) throw damaged("a folder's block is in disorder");
    yield { name: block.subarray(at + 9, at + 9 + length), inode: block.readBigUInt64BE(at) };
    at += used;
  }
}

/** Blocks of a folder or link, which may be put together of several pieces of the disk. */
function* blocksOf(xfs: Xfs, inode: Inode, blockBytes: number): Generator<Buffer> {
  let block = Buffer.alloc(blockBytes);
  let filled = 0;
  for (const { at, bytes, place } of extentsOf(xfs, inode)) {
    if (at >= INDEX_AT) break;
    if (place === null) throw damaged("a folder was never written");
    for (let done = 0; done < bytes; ) {
      const count = Math.min(blockBytes - filled, bytes - done);
      readInto(xfs, block.subarray(filled, filled + count), place + done);
      done += count;
      filled += count;
      if (filled < blockBytes) continue;
      yield block;
      block = Buffer.alloc(blockBytes);
      filled = 0;
    }
  }
  if (filled > 0) throw damaged("a folder ends in the middle of a block");
}
