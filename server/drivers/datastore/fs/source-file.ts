/**
 * Local files that a user names as the source of an image. The user must not reach files of the front-end: not by a
 * path, not through a link, and not by swapping the file between the check and the use.
 */
import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";
import { parseQcow2Header, QCOW2_PROBE_BYTES, unsafeReason } from "../../../domain/qcow2-header";
import { DriverError } from "../../action";
import type { DiskFormat } from "../../downloader/convert";
import { systemCode } from "../../fs-errors";
import type { XmlElement } from "../../xml";
import { attribute } from "../attribute";
import { absolutePath, normalisePath } from "../rsync/repository";

const DEFAULT_SAFE_DIRS = "/var/tmp";
const DEFAULT_RESTRICTED_DIRS = "/";

export interface SourceFile {
  /** `/proc/<pid>/fd/<n>`: the very file that was checked, for a tool that takes a path. */
  path: string;
  format: DiskFormat;
  virtualSize: number;
  close(): Promise<void>;
}

/**
 * Whether a real path may be read: of all SAFE_DIRS and RESTRICTED_DIRS that contain it, the longest decides, and a
 * path in none is refused. (Default: `/` restricted, `/var/tmp` safe.)
 */
export function isSafePath(path: string, safeDirs: readonly string[], restrictedDirs: readonly string[]): boolean {
  const longest = (dirs: readonly string[]) =>
    Math.max(-1, ...dirs.filter((dir) => dir === "/" || path.startsWith(`${dir}/`)).map((dir) => dir.length));
  return longest(safeDirs) > longest(restrictedDirs);
}

async function dirsOf(datastore: XmlElement, name: string, fallback: string): Promise<string[]> {
  const dirs = (attribute(datastore, name) || fallback).split(/\s+/).filter((dir) => dir.startsWith("/"));
  // A safe folder that is itself a link (/tmp → /private/tmp) must still match real paths.
  return await Promise.all(dirs.map(async (dir) => await realpath(dir).catch(() => normalisePath(dir))));
}

/**
 * Open and check a local source. `asked` is the format the image says it has; without one, a qcow2 header makes it
 * qcow2 and everything else is raw.
 * @throws DriverError
 */
export async function openSource(
  datastore: XmlElement,
  pathText: string,
  asked: DiskFormat | null,
): Promise<SourceFile> {
  const path = absolutePath("The source path", pathText);
  const [safe, restricted] = await Promise.all([
    dirsOf(datastore, "SAFE_DIRS", DEFAULT_SAFE_DIRS),
    dirsOf(datastore, "RESTRICTED_DIRS", DEFAULT_RESTRICTED_DIRS),
  ]);
  const real = await realpath(path).catch((error: unknown) => {
    throw new DriverError(`${path} cannot be read: ${systemCode(error) ?? "it is not accessible"}.`);
  });
  if (!isSafePath(real, safe, restricted)) {
    throw new DriverError(`${path} is not below SAFE_DIRS of the datastore (${safe.join(" ")}).`);
  }
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(real, flags).catch((error: unknown) => {
    throw new DriverError(`${path} cannot be read: ${systemCode(error) ?? "it is not accessible"}.`);
  });
  try {
    return await check(file, path, real, asked);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function check(file: FileHandle, path: string, real: string, asked: DiskFormat | null): Promise<SourceFile> {
  const proc = `/proc/${process.pid}/fd/${file.fd}`;
  // A folder on the way may have become a link since realpath.
  if ((await readlink(proc)) !== real) throw new DriverError(`${path} changed while it was opened.`);
  const stat = await file.stat();
  if (!stat.isFile()) throw new DriverError(`${path} is not a regular file.`);
  const buffer = Buffer.alloc(QCOW2_PROBE_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const close = async () => await file.close();
  if (asked === "raw") return { path: proc, format: "raw", virtualSize: stat.size, close };
  const parsed = parseQcow2Header(buffer.subarray(0, bytesRead));
  if (!parsed.ok) {
    const isRaw = asked === null && parsed.reason === "not a qcow2 file";
    if (!isRaw) throw new DriverError(`${path} is refused: ${parsed.reason}.`);
    return { path: proc, format: "raw", virtualSize: stat.size, close };
  }
  const problem = unsafeReason(parsed.header, false);
  if (problem !== null) throw new DriverError(`${path} is refused: ${problem}.`);
  return { path: proc, format: "qcow2", virtualSize: parsed.header.virtualSize, close };
}

/** The source as a block device of qemu, with an explicit format and no backing file. */
export function sourceNode(source: SourceFile): object {
  const file = { driver: "file", filename: source.path };
  return source.format === "qcow2" ? { driver: "qcow2", file, backing: null } : { driver: "raw", file };
}
