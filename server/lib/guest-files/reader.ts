/**
 * The program that reads a guest's disk in the sandbox: XFS by itself, other file systems with the tools of the system,
 * and the archives of folders. The disk is descriptor 3, the one argument is a `ReaderCall`; it writes what it found to
 * stdout, and why it failed to stderr. Nothing that a guest wrote is interpreted in Strata's own process.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../domain/errors";
import { type ArchiveSource, writeArchive } from "./archive";
import { type BodyLine, parseBodyLine } from "./body-file";
import { type OpenVolume, walk } from "./list";
import { readContent } from "./read";
import { isOurs, ReaderCall } from "./reader-call";
import { isInSandbox, WHOLE_REASON } from "./sandbox";
import { contentOf } from "./xfs/content";
import { bodyLines, namesOf } from "./xfs/folder";
import { readInode } from "./xfs/inode";
import { openXfs, type Xfs } from "./xfs/volume";

const DISK = 3;
const WALK_MS = 120_000;

async function answer({ volume, ask }: ReaderCall): Promise<void> {
  const open = () => openXfs(DISK, volume.offset, volume.bytes);
  switch (ask.do) {
    case "check": {
      const xfs = open();
      namesOf(xfs, readInode(xfs, xfs.root)).next();
      return;
    }
    case "list":
      await send(bodyLines(open(), ask.folder, ask.isDeep));
      return;
    case "content": {
      const xfs = open();
      await send(contentOf(xfs, readInode(xfs, BigInt(ask.file))));
      return;
    }
    case "archive": {
      const at: OpenVolume = { disk: "", volume, program: "" };
      const source = isOurs(at) ? ownSource(open(), ask.folder) : toolSource(at, ask.folder);
      await writeArchive(source, ask, process.stdout);
    }
  }
}

async function send(chunks: Iterable<Buffer>): Promise<void> {
  await pipeline(Readable.from(chunks, { highWaterMark: 16 }), process.stdout, { end: false });
}

function ownSource(xfs: Xfs, folder: string): ArchiveSource {
  return {
    async walk(max, onLine) {
      return { isCut: takeLines(bodyLines(xfs, folder, true), max, onLine) };
    },
    content: ({ address }) => contentOf(xfs, readInode(xfs, BigInt(address))),
  };
}

function takeLines(lines: Iterable<Buffer>, max: number, onLine: (line: BodyLine) => boolean): boolean {
  let seen = 0;
  for (const bytes of lines) {
    const line = parseBodyLine(bytes.subarray(0, -1));
    if (line === null) continue;
    seen += 1;
    if (seen > max || !onLine(line)) return true;
  }
  return false;
}

function toolSource(at: OpenVolume, folder: string): ArchiveSource {
  const { signal } = new AbortController();
  return {
    walk: async (max, onLine) => await walk(at, folder, { isDeep: true, max, timeoutMs: WALK_MS }, onLine),
    content: (file) => readContent(at, file, signal),
  };
}

try {
  isInSandbox();
  // After `node -` only our own words are left.
  await answer(ReaderCall.parse(JSON.parse(process.argv[2] ?? "")));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof AppError ? WHOLE_REASON : 1;
}
