import type { Readable } from "node:stream";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { appError } from "../../domain/errors";
import { type OpenVolume, placeOptions, walk } from "./list";
import { requireOk, runOnDisk } from "./sandbox";
import { type TarEntry, tarHeader, tarPadding } from "./tar";

/** A download ends then, however slow its reader is. */
const DOWNLOAD_MS = 4 * 3_600_000;
const WALK_MS = 120_000;
/** Largest folder as an archive. */
const MAX_ARCHIVE_FILES = 50_000;
const MAX_ARCHIVE_BYTES = 256 * 1024 ** 3;

/**
 * The content of one file, as it comes from the tool: nothing is kept. An error destroys the stream, so that a download
 * that is not complete fails instead of looking whole.
 */
export function readContent(at: OpenVolume, file: { address: string; bytes: number }, signal: AbortSignal): Readable {
  const out = new PassThrough();
  void copyContent(at, file, out, signal).then(
    () => out.end(),
    (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return out;
}

/** Write one file's content to `out`, and neither more nor less than its size. Leaves `out` open. */
async function copyContent(
  at: OpenVolume,
  file: { address: string; bytes: number },
  out: PassThrough,
  signal: AbortSignal,
): Promise<void> {
  if (file.bytes === 0) return;
  const stop = new AbortController();
  const onClose = () => stop.abort();
  out.once("close", onClose);
  let written = 0;
  let copying: Promise<void> = Promise.resolve();
  const result = await runOnDisk(at.disk, ["icat", ...placeOptions(at), "DISK", file.address], {
    signal: AbortSignal.any([signal, stop.signal]),
    timeoutMs: DOWNLOAD_MS,
    onOutput(output) {
      copying = pipeline(
        output,
        async function* (source: AsyncIterable<Buffer>) {
          for await (const chunk of source) {
            written += chunk.length;
            if (written > file.bytes) throw unreadable("The file is longer than its folder says.");
            yield chunk;
          }
        },
        out,
        { end: false },
      );
      copying.catch(() => stop.abort());
    },
  });
  await copying;
  out.off("close", onClose);
  requireOk(result);
  if (written !== file.bytes) throw unreadable(`Only ${written} of ${file.bytes} bytes of the file can be read.`);
}

function unreadable(reason: string): Error {
  return appError("FILES_UNREADABLE", { reason });
}

/**
 * A folder as a tar archive, made while it is sent. Files and folders only: links and devices are left out, because what
 * unpacks them could be led elsewhere; they are named in a list at the end.
 * @throws AppError FILES_UNREADABLE before the first byte, when it is too large or cannot be listed
 */
export async function readArchive(
  at: OpenVolume,
  folder: { address: string; name: string },
  signal: AbortSignal,
  onFile: () => void,
): Promise<Readable> {
  const entries: TarEntry[] = [];
  const left: string[] = [];
  let bytes = 0;
  const limits = { isDeep: true, max: MAX_ARCHIVE_FILES, timeoutMs: WALK_MS, signal };
  const { isCut } = await walk(at, folder.address, limits, (line) => {
    const path = archivePath(folder.name, line.path);
    if (line.kind === "file" || line.kind === "folder") {
      entries.push({
        path,
        address: line.address,
        isFolder: line.kind === "folder",
        bytes: line.bytes,
        mode: line.mode,
        modifiedAt: line.modifiedAt,
      });
      bytes += line.kind === "file" ? line.bytes : 0;
    } else {
      left.push(line.target === null ? `${path} (not a file)` : `${path} -> ${line.target}`);
    }
    return bytes <= MAX_ARCHIVE_BYTES;
  });
  if (isCut) {
    const most = `${MAX_ARCHIVE_FILES} files and ${MAX_ARCHIVE_BYTES / 1024 ** 3} GiB`;
    throw unreadable(`The folder is too large for one archive: at most ${most}. Download its folders one by one.`);
  }
  const out = new PassThrough();
  const send = async () => {
    for (const entry of entries) {
      signal.throwIfAborted();
      onFile();
      await write(out, tarHeader(entry));
      if (entry.isFolder) continue;
      await copyContent(at, entry, out, signal);
      await write(out, tarPadding(entry.bytes));
    }
    if (left.length > 0) {
      const text = Buffer.from(`Left out: links and special files.\n${left.join("\n")}\n`);
      const name = archivePath(folder.name, "STRATA-LEFT-OUT.txt");
      await write(
        out,
        tarHeader({
          path: name,
          address: "",
          isFolder: false,
          bytes: text.length,
          mode: "rw-r--r--",
          modifiedAt: null,
        }),
      );
      await write(out, Buffer.concat([text, tarPadding(text.length)]));
    }
    await write(out, Buffer.alloc(1024));
    out.end();
  };
  void send().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  return out;
}

/** Always below one folder: no name of a guest can lead out of it. */
function archivePath(top: string, path: string): string {
  const words = [top, ...path.split("/")].map((word) => (/^\.{0,2}$/.test(word) ? "_" : word));
  return words.join("/");
}

async function write(out: PassThrough, bytes: Buffer): Promise<void> {
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
