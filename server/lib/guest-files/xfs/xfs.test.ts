import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { contentOf } from "./content";
import { bodyLines } from "./folder";
import { readInode } from "./inode";
import { openXfs } from "./volume";

const BLOCK = 512;
const ROOT = 16n;
const opened: { fd: number; dir: string }[] = [];
afterEach(() => {
  for (const { fd, dir } of opened.splice(0)) {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  }
});

/** A volume of 64 blocks of 512 bytes, one inode of version 2 each, numbered like the blocks. */
function volume(blocks: Readonly<Record<number, Buffer>>) {
  const image = Buffer.alloc(64 * BLOCK);
  image.write("XFSB", 0, "latin1");
  image.writeUInt32BE(BLOCK, 4);
  image.writeBigUInt64BE(64n, 8);
  image.writeBigUInt64BE(ROOT, 56);
  image.writeUInt32BE(64, 84);
  image.writeUInt32BE(1, 88);
  image.writeUInt16BE(0x2004, 100);
  image.writeUInt16BE(BLOCK, 104);
  image.writeUInt8(6, 124);
  for (const [block, bytes] of Object.entries(blocks)) bytes.copy(image, Number(block) * BLOCK);
  const dir = mkdtempSync(join(tmpdir(), "strata-xfs-"));
  const fd = openSync(join(dir, "image"), "w+");
  writeSync(fd, image);
  opened.push({ fd, dir });
  return openXfs(fd, 0, image.length);
}

function inode(
  { mode, size, format, count = 0 }: { mode: number; size: number; format: number; count?: number },
  fork: Buffer,
) {
  const raw = Buffer.alloc(BLOCK);
  raw.writeUInt16BE(0x494e, 0);
  raw.writeUInt16BE(mode, 2);
  raw.writeUInt8(2, 4);
  raw.writeUInt8(format, 5);
  raw.writeBigInt64BE(BigInt(size), 56);
  raw.writeUInt32BE(count, 76);
  fork.copy(raw, 100);
  return raw;
}

function extent(at: number, block: number, blocks: number, isWritten = true): Buffer {
  const raw = Buffer.alloc(16);
  raw.writeBigUInt64BE((isWritten ? 0n : 1n << 63n) | (BigInt(at) << 9n), 0);
  raw.writeBigUInt64BE((BigInt(block) << 21n) | BigInt(blocks), 8);
  return raw;
}

function shortFolder(names: readonly [string, number][]): Buffer {
  const entries = names.map(([name, id]) => {
    const raw = Buffer.alloc(3 + name.length + 4);
    raw.writeUInt8(name.length, 0);
    raw.write(name, 3, "latin1");
    raw.writeUInt32BE(id, 3 + name.length);
    return raw;
  });
  const fork = Buffer.concat([Buffer.from([names.length, 0, 0, 0, 0, 16]), ...entries]);
  return inode({ mode: 0o040755, size: fork.length, format: 1 }, fork);
}

function treeBlock(level: number, ...records: Buffer[]): Buffer {
  const raw = Buffer.alloc(BLOCK);
  raw.write("BMAP", 0, "latin1");
  raw.writeUInt16BE(level, 4);
  raw.writeUInt16BE(records.length, 6);
  Buffer.concat(records).copy(raw, 24);
  return raw;
}

/** A file whose pieces are in a tree of two levels, with the leaves at blocks 30 and 31. */
function treeFile(size: number): Buffer {
  const fork = Buffer.alloc(BLOCK - 100);
  fork.writeUInt16BE(1, 0);
  fork.writeUInt16BE(2, 2);
  const most = Math.floor((fork.length - 4) / 16);
  fork.writeBigUInt64BE(30n, 4 + most * 8);
  fork.writeBigUInt64BE(31n, 4 + most * 8 + 8);
  return inode({ mode: 0o100644, size, format: 3 }, fork);
}

const read = (xfs: ReturnType<typeof volume>, id: bigint) => Buffer.concat([...contentOf(xfs, readInode(xfs, id))]);
const list = (xfs: ReturnType<typeof volume>, isDeep = true) => [...bodyLines(xfs, "", isDeep)].map(String);
const filled = (byte: number) => Buffer.alloc(BLOCK, byte);

test("pieces in a tree, holes and blocks that were never written", () => {
  const xfs = volume({
    20: treeFile(4 * BLOCK + 5),
    30: treeBlock(0, extent(0, 40, 1)),
    31: treeBlock(0, extent(2, 41, 1, false), extent(4, 42, 1)),
    40: filled(1),
    41: filled(2),
    42: filled(3),
  });
  const zeros = Buffer.alloc(3 * BLOCK);
  expect(read(xfs, 20n).equals(Buffer.concat([filled(1), zeros, filled(3).subarray(0, 5)]))).toBe(true);
});

test("a folder that holds itself, and one that holds its parent, are listed once", () => {
  const xfs = volume({
    16: shortFolder([
      ["a", 17],
      ["self", 16],
      ["gone", 50],
    ]),
    17: shortFolder([
      ["up", 16],
      ["a", 17],
    ]),
  });
  expect(list(xfs).map((line) => line.split("|").slice(1, 4).join(" "))).toEqual([
    "/a 17 d/drwxr-xr-x",
    "/self 16 d/drwxr-xr-x",
    "/gone 50 -/----------",
    "/a/up 16 d/drwxr-xr-x",
    "/a/a 17 d/drwxr-xr-x",
  ]);
});

test.each([
  [
    "pieces that overlap",
    {
      20: inode(
        { mode: 0o100644, size: 2048, format: 2, count: 2 },
        Buffer.concat([extent(0, 40, 2), extent(1, 40, 2)]),
      ),
    },
  ],
  [
    "more pieces than fit",
    { 20: inode({ mode: 0o100644, size: 2048, format: 2, count: 0xffffffff }, extent(0, 40, 1)) },
  ],
  ["a piece outside", { 20: inode({ mode: 0o100644, size: 2048, format: 2, count: 1 }, extent(0, 63, 2)) }],
  ["a tree that bites its tail", { 20: treeFile(2048), 30: treeBlock(1, extent(0, 30, 1)) }],
  ["no inode", {}],
])("%s: an error, no endless reading", (_what, blocks) => {
  const xfs = volume(blocks);
  expect(() => read(xfs, 20n)).toThrow("is damaged");
});

test("a folder that says more than it holds is an error", () => {
  const folder = shortFolder([["a", 17]]);
  folder.writeUInt8(200, 100);
  expect(() => list(volume({ 16: folder }))).toThrow("folder 16 is in disorder");
});
