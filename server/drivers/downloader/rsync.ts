/** `rsync <url> <destination file> <format>`: the disk that a backup URL names, merged from its chain. */

import { isLocal } from "../../lib/ssh";
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../action";
import { absolutePath, parseRepository, type Repository } from "../datastore/rsync/repository";
import { parseBackupUrl } from "../datastore/rsync/url";
import { parseXml } from "../xml";
import { chainNode, inspectChain } from "./chain";
import { bytesToCheck, checkChecksums } from "./checksums";
import { convertNode, type DiskFormat, makeFile } from "./convert";
import { withExport } from "./export";

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
  const { repository, signal, log } = input;
  const url = parseBackupUrl(input.url, repository);
  const files = await inspectChain(repository, url, signal);
  const node = chainNode(files);
  const virtualSize = files.at(-1)?.virtualSize ?? 0;
  if (node === null) throw new DriverError("The chain has no point.");
  // Two passes, one bar: the files are read for their checksums, then for the disk.
  const toCheck = bytesToCheck(files);
  const report = (done: number) => log.progress(done, toCheck + virtualSize);
  await checkChecksums(repository, files, signal, report);
  let converted = 0;
  const onProgress = (done: number) => {
    converted = Math.max(converted, done);
    report(toCheck + converted);
  };
  await makeFile(input.destination, async (part) => {
    if (isLocal(repository.server)) {
      await convertNode(node, part, input.format, { total: virtualSize, signal, onProgress });
    } else {
      await withExport(repository.server, repository.tmpDir, node, signal, async (socket, connected) => {
        const remote = { driver: "raw", file: { driver: "nbd", server: { type: "unix", path: socket } } };
        await convertNode(remote, part, input.format, { total: virtualSize, signal: connected, onProgress });
      });
    }
    throwIfCancelled(signal);
  });
  return virtualSize;
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
