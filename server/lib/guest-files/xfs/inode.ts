import { blockAt, damaged, readAt, type Xfs } from "./volume";

/** What the data fork of an inode holds: the data itself, a list of extents, or the root of a tree of them. */
type Fork = "local" | "extents" | "tree" | "none";

export interface Inode {
  id: bigint;
  /** As in `st_mode`. */
  mode: number;
  uid: number;
  gid: number;
  bytes: number;
  /** Seconds since 1970; 0 before. */
  accessed: number;
  modified: number;
  changed: number;
  fork: Fork;
  data: Buffer;
  extents: number;
  /** Its content lies on a device that is not part of the file system's own. */
  isRealtime: boolean;
}

const MAGIC = 0x494e;
const FORKS: Readonly<Record<number, Fork>> = { 1: "local", 2: "extents", 3: "tree" };
const FLAG_REALTIME = 1;
const FLAG2_BIGTIME = 8n;
const FLAG2_NREXT64 = 16n;
/** Where bigtime begins to count: December 1901, in seconds. */
const BIGTIME_START = 2n ** 31n;

/** Read an inode by its number. Throws when there is none. */
export function readInode(xfs: Xfs, id: bigint): Inode {
  const bits = BigInt(xfs.inodeBits);
  const place = blockAt(xfs, id >> bits) + Number(id & ((1n << bits) - 1n)) * xfs.inodeBytes;
  const raw = readAt(xfs, place, xfs.inodeBytes);
  const isV3 = raw.readUInt8(4) === 3;
  if (raw.readUInt16BE(0) !== MAGIC || (isV3 && raw.readBigUInt64BE(152) !== id)) {
    throw damaged(`there is no inode ${id} where it should be`);
  }
  const flags2 = isV3 ? raw.readBigUInt64BE(120) : 0n;
  const time = (at: number) => secondsOf(raw, at, (flags2 & FLAG2_BIGTIME) !== 0n);
  const start = isV3 ? 176 : 100;
  const attributesAt = raw.readUInt8(82) * 8;
  const size = raw.readBigUInt64BE(56);
  return {
    id,
    mode: raw.readUInt16BE(2),
    uid: raw.readUInt32BE(8),
    gid: raw.readUInt32BE(12),
    bytes: size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : 0,
    accessed: time(32),
    modified: time(40),
    changed: time(48),
    fork: FORKS[raw.readUInt8(5)] ?? "none",
    data: raw.subarray(start, attributesAt === 0 ? raw.length : Math.min(raw.length, start + attributesAt)),
    extents: (flags2 & FLAG2_NREXT64) === 0n ? raw.readUInt32BE(76) : Number(raw.readBigUInt64BE(24)),
    isRealtime: (raw.readUInt16BE(90) & FLAG_REALTIME) !== 0,
  };
}

function secondsOf(raw: Buffer, at: number, isBig: boolean): number {
  if (!isBig) return Math.max(0, raw.readInt32BE(at));
  return Math.max(0, Number(raw.readBigUInt64BE(at) / 1_000_000_000n - BIGTIME_START));
}
