import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveFormat } from "../../domain/files";
import { type OpenVolume, placeOptions } from "./list";
import { isOurs, readerArgv } from "./reader-call";
import { requireOk, runOnDisk } from "./sandbox";
import { exactly, type SizedFile } from "./sized";

/** A download ends then, however slow its reader is. */
const DOWNLOAD_MS = 4 * 3_600_000;

/**
 * The content of one file, as it comes from the tool: nothing is kept. An error destroys the stream, so that a download
 * that is not complete fails instead of looking whole.
 */
export function readContent(
  at: OpenVolume,
  file: SizedFile,
  signal: AbortSignal,
  onChunk: () => void = () => undefined,
): Readable {
  const argv = isOurs(at)
    ? readerArgv(at, { do: "content", file: file.address })
    : ["icat", ...placeOptions(at), "DISK", file.address];
  return outputOf(at, file.bytes === 0 ? null : argv, signal, onChunk, (source) => exactly(file, source));
}

/**
 * A folder as an archive, made while it is sent by a program in the sandbox. Files and folders only: links and devices are
 * left out, because what unpacks them could be led elsewhere; they are named in a list at the end.
 */
export function readArchive(
  at: OpenVolume,
  folder: { address: string; name: string; format: ArchiveFormat },
  signal: AbortSignal,
  onChunk: () => void,
): Readable {
  const { address, ...rest } = folder;
  return outputOf(at, readerArgv(at, { do: "archive", folder: address, ...rest }), signal, onChunk, (source) => source);
}

type Chunks = AsyncIterable<Buffer>;

/** Everything that a tool writes, with back-pressure; it ends well only when the tool did. */
function outputOf(
  at: OpenVolume,
  argv: readonly string[] | null,
  signal: AbortSignal,
  onChunk: () => void,
  check: (source: Chunks) => Chunks,
): Readable {
  const out = new PassThrough();
  const stop = new AbortController();
  out.once("close", () => stop.abort());
  let copying: Promise<void> = Promise.resolve();
  const send = async () => {
    if (argv === null) return;
    const result = await runOnDisk(at.disk, argv, {
      program: at.program,
      signal: AbortSignal.any([signal, stop.signal]),
      timeoutMs: DOWNLOAD_MS,
      onOutput(output) {
        copying = pipeline(output, (source: Chunks) => told(check(source), onChunk), out, { end: false });
        copying.catch(() => stop.abort());
      },
    });
    // A tool that failed says more than its output that came too short.
    if (!result.ok && !result.isCancelled) requireOk(result);
    await copying;
    requireOk(result);
  };
  void send().then(
    () => out.end(),
    (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return out;
}

async function* told(source: Chunks, onChunk: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onChunk();
    yield chunk;
  }
}
