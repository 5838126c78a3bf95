import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw, deflateRawSync } from "node:zlib";
import type { ArchiveWriter, Member } from "./archive";
import { modeBits } from "./tar";

/** Version 4.5: zip64. Made by Unix, so that modes are kept. */
const VERSION = 45;
const MADE_BY = (3 << 8) | VERSION;
/** Lengths follow the content; names are UTF-8. */
const FLAGS = 0x0808;
const STORED = 0;
const DEFLATED = 8;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
/** A deflated file may be a little longer than the file. */
const LARGE = MAX_32 - 16 * 1024 ** 2;
const SMALL = 256 * 1024;
/** Compressing is to keep up with reading. */
const LEVEL = 1;

interface Written {
  name: Buffer;
  member: Member;
  at: number;
  crc: number;
  bytes: number;
  packedBytes: number;
}

/**
 * A zip archive with zip64 (APPNOTE 6.3.10), written from its start to its end: what is kept is one entry of the list at
 * its end for each member.
 */
export function createZip(): ArchiveWriter {
  const directory: Buffer[] = [];
  let at = 0;
  const counted = (bytes: Buffer) => {
    at += bytes.length;
    return bytes;
  };
  return {
    async *member(member, content) {
      // A stream of its own for each of many small files costs more than all their bytes.
      const isSmall = member.bytes <= SMALL;
      const name = Buffer.from(nameOf(member));
      const written: Written = { name, member, at, crc: 0, bytes: 0, packedBytes: 0 };
      yield counted(localHeader(written));
      if (!member.isFolder) {
        const packed = isSmall ? deflateAtOnce(written, content) : deflate(written, content);
        for await (const chunk of packed) yield counted(chunk);
        yield counted(descriptor(written));
      }
      directory.push(centralHeader(written));
    },
    end() {
      const list = Buffer.concat(directory);
      return Buffer.concat([list, endOf({ count: directory.length, at, bytes: list.length })]);
    },
  };
}

/** What Windows takes for a path or a drive is escaped: `\` and `:`. */
function nameOf({ path, isFolder }: Member): string {
  const safe = path.replaceAll("\\", "%5C").replaceAll(":", "%3A");
  return isFolder ? `${safe}/` : safe;
}

async function* deflateAtOnce(written: Written, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = await buffer(content);
  const packed = deflateRawSync(bytes, { level: LEVEL });
  written.crc = crc32(bytes);
  written.bytes = bytes.length;
  written.packedBytes = packed.length;
  yield packed;
}

async function* deflate(written: Written, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const packed = new PassThrough();
  const work = pipeline(
    content,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        written.crc = crc32(chunk, written.crc);
        written.bytes += chunk.length;
        yield chunk;
      }
    },
    createDeflateRaw({ level: LEVEL }),
    packed,
  );
  work.catch(() => undefined);
  for await (const chunk of packed as AsyncIterable<Buffer>) {
    written.packedBytes += chunk.length;
    yield chunk;
  }
  await work;
}

function localHeader({ name, member }: Written): Buffer {
  const isLarge = member.bytes >= LARGE;
  const extra = Buffer.concat([...(isLarge ? [field(1, [0n, 0n])] : []), timeField(member)]);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  common(head, 4, member);
  head.writeUInt32LE(isLarge ? MAX_32 : 0, 18);
  head.writeUInt32LE(isLarge ? MAX_32 : 0, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

/** Version, flags, method and time: alike in both headers. */
function common(head: Buffer, at: number, { isFolder, modifiedAt }: Member): void {
  const { date, time } = dosTime(modifiedAt);
  head.writeUInt16LE(VERSION, at);
  head.writeUInt16LE(isFolder ? FLAGS & ~8 : FLAGS, at + 2);
  head.writeUInt16LE(isFolder ? STORED : DEFLATED, at + 4);
  head.writeUInt16LE(time, at + 6);
  head.writeUInt16LE(date, at + 8);
}

/** Checksum and lengths behind the content; eight bytes each where the header has said so. */
function descriptor({ member, crc, bytes, packedBytes }: Written): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x08074b50, 0);
  head.writeUInt32LE(crc, 4);
  if (member.bytes >= LARGE) return Buffer.concat([head, longs([BigInt(packedBytes), BigInt(bytes)])]);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(packedBytes, 0);
  lengths.writeUInt32LE(bytes, 4);
  return Buffer.concat([head, lengths]);
}

/** One entry of the list at the end. Only what does not fit into 32 bits goes into the extra field, in this order. */
function centralHeader({ name, member, at, crc, bytes, packedBytes }: Written): Buffer {
  const long = [bytes, packedBytes, at].filter((value) => value >= MAX_32).map(BigInt);
  const extra = Buffer.concat([...(long.length > 0 ? [field(1, long)] : []), timeField(member)]);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(MADE_BY, 4);
  common(head, 6, member);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(Math.min(packedBytes, MAX_32), 20);
  head.writeUInt32LE(Math.min(bytes, MAX_32), 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  const type = member.isFolder ? 0o040000 : 0o100000;
  head.writeUInt32LE((type | modeBits(member.mode)) * 0x10000 + (member.isFolder ? 0x10 : 0), 38);
  head.writeUInt32LE(Math.min(at, MAX_32), 42);
  return Buffer.concat([head, name, extra]);
}

function endOf({ count, at, bytes }: { count: number; at: number; bytes: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(bytes, MAX_32), 12);
  end.writeUInt32LE(Math.min(at, MAX_32), 16);
  if (count < MAX_16 && at < MAX_32 && bytes < MAX_32) return end;
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0x06064b50, 0);
  head.writeBigUInt64LE(44n, 4);
  head.writeUInt16LE(MADE_BY, 12);
  head.writeUInt16LE(VERSION, 14);
  const record = Buffer.concat([head, longs([BigInt(count), BigInt(count), BigInt(bytes), BigInt(at)])]);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

function longs(values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, index * 8);
  return bytes;
}

function field(id: number, values: readonly bigint[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(values.length * 8, 2);
  return Buffer.concat([head, longs(values)]);
}

/** The time in UTC; that of the header has no zone. Empty when it is unknown or does not fit. */
function timeField({ modifiedAt }: Member): Buffer {
  const seconds = Math.floor((modifiedAt ?? 0) / 1000);
  if (seconds <= 0 || seconds > 0x7fffffff) return Buffer.alloc(0);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt16LE(0x5455, 0);
  bytes.writeUInt16LE(5, 2);
  bytes.writeUInt8(1, 4);
  bytes.writeUInt32LE(seconds, 5);
  return bytes;
}

function dosTime(at: number | null): { date: number; time: number } {
  const moment = new Date(Math.min(Math.max(at ?? 0, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)));
  const years = moment.getUTCFullYear() - 1980;
  return {
    date: (years << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
  };
}
