/** `rsync <url> <destination file> <format>`: the disk that a backup URL names, merged from its chain. */

import { attempt } from "../../lib/outcome";
import { isLocal } from "../../lib/ssh";
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../action";
import { hasLimits } from "../datastore/limited";
import { absolutePath, parseRepository, type Repository } from "../datastore/rsync/repository";
import { parseBackupUrl } from "../datastore/rsync/url";
import { parseXml } from "../xml";
import { chainNode, inspectChain } from "./chain";
import { bytesToCheck, checkChecksums, compareChecksums } from "./checksums";
import { type ConvertOptions, convertNode, type DiskFormat, makeFile } from "./convert";
import { withExport } from "./export";
import { type MergeFile, mergeChain } from "./merge";

export interface DownloadInput {
  url: string;
  repository: Repository;
  /** Absolute; replaced when the download is complete. */
  destination: string;
  format: DiskFormat;
  signal: AbortSignal;
  log: DriverLog;
}

/**
 * Write the disk; the result has the size it had at the last point of the chain.
 * @returns its virtual size in bytes
 * @throws DriverError; the destination is untouched then
 */
export async function downloadDisk(input: DownloadInput): Promise<number> {
  return await writeDisk(await openDownload(input), input.destination, input.format);
}

/** Write what a backup URL names into a file that appears when it is complete. Answers its virtual size in bytes. */
export async function writeDisk(chain: Download, destination: string, format: DiskFormat): Promise<number> {
  await makeFile(destination, async (part) => {
    const reader: HashingReader = async (source, options, files) => {
      if (files !== null) return await mergeChain(files, source, part, format, options);
      await convertNode(source, part, format, options);
      return null;
    };
    await (chain.readAndHash ?? chain.read)(reader);
  });
  return chain.virtualSize;
}

/**
 * What reads a chain: `source` is the merged disk as a block device for qemu on this machine; `files` are those of the
 * chain, oldest first, null when they are on another machine.
 */
export type ChainReader = (
  source: object,
  options: ConvertOptions,
  files: readonly MergeFile[] | null,
) => Promise<unknown>;

/** A reader that reads the files to their end answers with their checksums, null where none was asked for. */
type HashingReader = (...words: Parameters<ChainReader>) => Promise<(string | null)[] | null>;

export interface Download {
  /** Guest-visible bytes. */
  virtualSize: number;
  /**
   * Run `reader`. The stored files are compared with their checksums meanwhile; a difference is thrown in the end, and
   * what the reader has written then must not be used.
   */
  read(reader: ChainReader): Promise<void>;
  /** The same for a reader that computes the checksums itself where it can; otherwise they are computed after it. */
  readAndHash?(reader: HashingReader): Promise<void>;
}

/** Look at the chain that a URL names. Throws DriverError when it cannot be read. */
export async function openDownload({
  url: text,
  repository,
  signal,
  log,
}: Omit<DownloadInput, "destination" | "format">): Promise<Download> {
  const url = parseBackupUrl(text, repository);
  const files = await inspectChain(repository, url, signal);
  const node = chainNode(files);
  const virtualSize = files.at(-1)?.virtualSize ?? 0;
  if (node === null) throw new DriverError("The chain has no point.");
  // One bar for two readers: the files are read for their checksums and for the disk.
  const toCheck = bytesToCheck(files);
  const done = { checked: 0, converted: 0 };
  const report = (what: keyof typeof done, bytes: number) => {
    done[what] = Math.max(done[what], bytes);
    log.progress(done.checked + done.converted, toCheck + virtualSize);
  };
  const onProgress = (bytes: number) => report("converted", bytes);

  const read = async (reader: ChainReader) => {
    const damaged = new AbortController();
    const reading = AbortSignal.any([signal, damaged.signal]);
    const check = checkChecksums(repository, files, signal, log, (bytes) => report("checked", bytes)).catch((error) => {
      damaged.abort();
      throw error;
    });
    const copy = isLocal(repository.server)
      ? reader(node, { total: virtualSize, signal: reading, onProgress }, files)
      : withExport(repository, node, reading, async (socket, connected) => {
          const remote = { driver: "raw", file: { driver: "nbd", server: { type: "unix", path: socket } } };
          await reader(remote, { total: virtualSize, signal: connected, onProgress }, null);
        });
    const [checked, copied] = await Promise.allSettled([check, copy]);
    throwIfCancelled(signal);
    // Damage explains whatever else went wrong.
    if (checked.status === "rejected") throw checked.reason;
    if (copied.status === "rejected") throw copied.reason;
  };
  // Limits hold for programs only, not for what this one reads.
  if (!isLocal(repository.server) || hasLimits(repository.limits(repository.basePath))) return { virtualSize, read };

  const readAndHash = async (reader: HashingReader) => {
    const sources = files.map(({ path, sha256 }) => ({ path, isHashed: sha256 !== null }));
    const onProgress = (bytes: number) => log.progress(bytes, virtualSize);
    const outcome = await attempt(() => reader(node, { total: virtualSize, signal, onProgress }, sources));
    throwIfCancelled(signal);
    // What no tool could read is explained by damage, if there is any.
    const isUnread = outcome.ok ? outcome.value === null : outcome.error instanceof DriverError;
    if (isUnread) await checkChecksums(repository, files, signal, log, () => undefined);
    if (!outcome.ok) throw outcome.error;
    if (outcome.value !== null) compareChecksums(files, outcome.value);
  };
  return { virtualSize, read, readAndHash };
}

/** `raw` or `qcow2`, or a DriverError. */
export function parseFormat(text: string): DiskFormat {
  if (text !== "raw" && text !== "qcow2") throw new DriverError(`Format ${JSON.stringify(text)} is not raw or qcow2.`);
  return text;
}

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [url = "", destination = "", format = ""] = argv;
    if (argv.length !== 3) throw new DriverError("Usage: rsync <url> <destination file> <format>");
    const virtualSize = await downloadDisk({
      url,
      repository: parseRepository(parseXml(xml).first("DATASTORE")),
      destination: absolutePath("The destination", destination),
      format: parseFormat(format),
      signal,
      log,
    });
    return String(virtualSize);
  },
});
