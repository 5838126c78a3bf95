import { readSync } from "node:fs";

/**
 * XFS as it lies on a disk, read-only, from "XFS Algorithms & Data Structures" (3rd edition) and `xfs_format.h` of Linux
 * 6.12. All of it comes from a guest: nothing is taken as an offset or a length before it was compared with a bound.
 */
export interface Xfs {
  fd: number;
  /** First byte of the file system in the disk. */
  offset: number;
  /** Bytes of the file system; nothing behind them is read. */
  bytes: number;
  blockBytes: number;
  /** Blocks of an allocation group, and how many bits of a block's number count inside it. */
  groupBlocks: number;
  groupBlockBits: number;
  groups: number;
  inodeBytes: number;
  /** Bits of an inode's number that count inside its block. */
  inodeBits: number;
  folderBlockBytes: number;
  root: bigint;
  /** Version 5: checksums, and larger headers. */
  isV5: boolean;
  /** Entries of folders name the kind of the file. */
  hasKinds: boolean;
}

const V5 = 5;
const MODE_DIR2 = 0x2000;
const MORE_BITS = 0x8000;
const MORE_FTYPE = 0x200;
/**
 * Incompatible features that are known here: ftype, sparse inodes, meta UUID, bigtime, needs repair, nrext64, exchange
 * range, parent pointers, metadata folder. Newer ones may move what is read.
 */
const KNOWN_FEATURES = 0x1ff;

/**
 * Read the first superblock.
 * @throws Error in words for a person, when it is not XFS, is damaged, or has features that are not known here
 */
export function openXfs(fd: number, offset: number, volumeBytes: number): Xfs {
  const sector = Buffer.alloc(512);
  readSync(fd, sector, 0, sector.length, offset);
  if (sector.toString("latin1", 0, 4) !== "XFSB") throw new Error("There is no superblock of XFS here.");
  const version = sector.readUInt16BE(100);
  const isV5 = (version & 0xf) === V5;
  if (!isV5 && ((version & 0xf) !== 4 || (version & MODE_DIR2) === 0)) {
    throw new Error("This XFS is of a version before 4, as made before 2002.");
  }
  const unknown = isV5 ? (sector.readUInt32BE(216) & ~KNOWN_FEATURES) >>> 0 : 0;
  if (unknown !== 0) {
    const bits = `0x${unknown.toString(16)}`;
    throw new Error(`This XFS has features that are newer than what can be read here (incompatible ${bits}).`);
  }
  const moreBits = (version & MORE_BITS) === 0 ? 0 : sector.readUInt32BE(200);
  const xfs: Xfs = {
    fd,
    offset,
    bytes: Math.min(volumeBytes, Number(sector.readBigUInt64BE(8)) * sector.readUInt32BE(4)),
    blockBytes: sector.readUInt32BE(4),
    groupBlocks: sector.readUInt32BE(84),
    groupBlockBits: sector.readUInt8(124),
    groups: sector.readUInt32BE(88),
    inodeBytes: sector.readUInt16BE(104),
    inodeBits: sector.readUInt8(123),
    folderBlockBytes: sector.readUInt32BE(4) * 2 ** Math.min(sector.readUInt8(192), 8),
    root: sector.readBigUInt64BE(56),
    isV5,
    hasKinds: isV5 ? (sector.readUInt32BE(216) & 1) === 1 : (moreBits & MORE_FTYPE) !== 0,
  };
  const isSane =
    isPowerBetween(xfs.blockBytes, 512, 65_536) &&
    isPowerBetween(xfs.inodeBytes, 256, 2048) &&
    xfs.inodeBytes * 2 ** xfs.inodeBits === xfs.blockBytes &&
    xfs.folderBlockBytes <= 65_536 &&
    xfs.groupBlockBits < 32 &&
    xfs.groupBlocks > 0 &&
    xfs.groupBlocks <= 2 ** xfs.groupBlockBits;
  if (!isSane) throw new Error("The superblock of this XFS is damaged.");
  return xfs;
}

function isPowerBetween(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && Number.isInteger(Math.log2(value));
}

/** First byte, in the file system, of a block by its number: the allocation group is in its upper bits. */
export function blockAt(xfs: Xfs, block: bigint): number {
  const bits = BigInt(xfs.groupBlockBits);
  const group = Number(block >> bits);
  const inGroup = Number(block & ((1n << bits) - 1n));
  if (group >= xfs.groups || inGroup >= xfs.groupBlocks) throw damaged("a block lies outside of it");
  return (group * xfs.groupBlocks + inGroup) * xfs.blockBytes;
}

/** Read bytes of the file system into `target`. */
export function readInto(xfs: Xfs, target: Buffer, at: number): void {
  if (!Number.isSafeInteger(at) || at < 0 || at + target.length > xfs.bytes)
    throw damaged("a block lies outside of it");
  for (let done = 0; done < target.length; ) {
    const count = readSync(xfs.fd, target, done, target.length - done, xfs.offset + at + done);
    if (count === 0) throw new Error("The disk ends before its file system does.");
    done += count;
  }
}

/** Read bytes of the file system. */
export function readAt(xfs: Xfs, at: number, bytes: number): Buffer {
  const target = Buffer.alloc(bytes);
  readInto(xfs, target, at);
  return target;
}

/** What is thrown when the file system contradicts itself. */
export function damaged(why: string): Error {
  return new Error(`This XFS is damaged: ${why}.`);
}
