import type { Writable } from "node:stream";
import type { ArchiveFormat } from "../../domain/files";
import type { BodyLine } from "./body-file";
import { exactly, type SizedFile, unreadable } from "./sized";
import { createTar } from "./tar";
import { createZip } from "./zip";

/** Largest folder as an archive. */
const MAX_FILES = 50_000;
const MAX_BYTES = 256 * 1024 ** 3;
const LEFT_OUT = "STRATA-LEFT-OUT.txt";

/** One file or folder of an archive. */
export interface Member {
  /** Below the archive's one folder, without a slash at its ends. */
  path: string;
  isFolder: boolean;
  bytes: number;
  /** `rwxr-xr-x`. */
  mode: string;
  owner: { uid: number; gid: number };
  /** Epoch ms. */
  modifiedAt: number | null;
}

/** A format of archives: the bytes of one member after the other, then of the end. */
export interface ArchiveWriter {
  member(member: Member, content: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  end(): Buffer;
}

/** A file system as the archive needs it. */
export interface ArchiveSource {
  /** Every file below the folder; `onLine` ends it with false. */
  walk(max: number, onLine: (line: BodyLine) => boolean): Promise<{ isCut: boolean }>;
  content(file: SizedFile): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/**
 * Write a folder with all that is below it. Its size is known before the first byte.
 * @throws AppError FILES_UNREADABLE: before the first byte when it is too large or cannot be listed
 */
export async function writeArchive(
  source: ArchiveSource,
  { name, format }: { name: string; format: ArchiveFormat },
  out: Writable,
): Promise<void> {
  const { members, left } = await collect(source, name);
  const writer = format === "zip" ? createZip() : createTar();
  for (const { address, ...member } of members) {
    const content = exactly(
      { address, bytes: member.bytes },
      member.bytes === 0 ? [] : source.content({ address, bytes: member.bytes }),
    );
    for await (const chunk of writer.member(member, content)) await write(out, chunk);
  }
  if (left.length > 0) {
    const text = Buffer.from(`Left out: links and special files.\n${left.join("\n")}\n`);
    const facts = { isFolder: false, mode: "rw-r--r--", owner: { uid: 0, gid: 0 }, modifiedAt: null };
    const member = { ...facts, path: archivePath(name, LEFT_OUT), bytes: text.length };
    for await (const chunk of writer.member(member, exactly({ address: "", bytes: text.length }, [text]))) {
      await write(out, chunk);
    }
  }
  await write(out, writer.end());
}

async function collect(source: ArchiveSource, name: string) {
  const members: (Member & { address: string })[] = [];
  const left: string[] = [];
  let bytes = 0;
  const { isCut } = await source.walk(MAX_FILES, (line) => {
    const path = archivePath(name, line.path);
    if (line.kind === "file" || line.kind === "folder") {
      const { address, mode, owner, modifiedAt } = line;
      const isFolder = line.kind === "folder";
      members.push({ path, address, isFolder, bytes: isFolder ? 0 : line.bytes, mode, owner, modifiedAt });
      bytes += isFolder ? 0 : line.bytes;
    } else {
      left.push(line.target === null ? `${path} (not a file)` : `${path} -> ${line.target}`);
    }
    return bytes <= MAX_BYTES;
  });
  if (isCut) {
    const most = `${MAX_FILES} files and ${MAX_BYTES / 1024 ** 3} GiB`;
    throw unreadable(`The folder is too large for one archive: at most ${most}. Download its folders one by one.`);
  }
  return { members, left };
}

/** Always below one folder: no name of a guest can lead out of it. */
function archivePath(top: string, path: string): string {
  const words = [top, ...path.split("/")].map((word) => (/^\.{0,2}$/.test(word) ? "_" : word));
  return words.join("/");
}

async function write(out: Writable, bytes: Buffer): Promise<void> {
  if (out.destroyed) throw unreadable("The download was ended.");
  if (bytes.length === 0 || out.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const done = () => {
      out.off("drain", done).off("close", gone);
      resolve();
    };
    const gone = () => {
      out.off("drain", done);
      reject(unreadable("The download was ended."));
    };
    out.once("drain", done).once("close", gone);
  });
}
