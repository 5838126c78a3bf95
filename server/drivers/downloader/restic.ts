/** `restic <url> <destination file> <format>`: the disk that a backup URL names, merged from its chain. */
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../action";
import { checkHeaders, extractFile, locateChain, requireSpace } from "../datastore/restic/extract";
import { checkBase, waiting } from "../datastore/restic/open";
import { placeHere } from "../datastore/restic/place";
import { parseResticDatastore, type ResticDatastore } from "../datastore/restic/repository";
import { withScratch } from "../datastore/restic/scratch";
import { listSnapshots } from "../datastore/restic/snapshots";
import { parseResticUrl } from "../datastore/restic/url";
import { absolutePath } from "../datastore/rsync/repository";
import { parseXml } from "../xml";
import { chainNode, MAX_RESTORED_POINTS } from "./chain";
import { convertNode, type DiskFormat, makeFile } from "./convert";
import { parseFormat } from "./rsync";

export interface ResticDownload {
  url: string;
  datastore: ResticDatastore;
  /** Absolute; replaced when the download is complete. */
  destination: string;
  format: DiskFormat;
  signal: AbortSignal;
  log: DriverLog;
}

const HERE = { host: "localhost" };

/**
 * Write the disk; the result has the size it had at the last point of the chain. Its files are put into RESTIC_TMP_DIR
 * on this machine first: restic hands files out from their beginning to their end only, and qemu reads anywhere.
 * @returns its virtual size in bytes
 * @throws DriverError; the destination is untouched then
 */
export async function downloadResticDisk(input: ResticDownload): Promise<number> {
  const { datastore, signal, log } = input;
  const url = parseResticUrl(input.url, datastore);
  if (url.chain.length > MAX_RESTORED_POINTS) {
    throw new DriverError(
      `The chain has ${url.chain.length} points up to this one; a restore can read ${MAX_RESTORED_POINTS}. Restore an earlier point.`,
    );
  }
  await checkBase(datastore, signal);
  const place = placeHere(datastore, url);
  const options = waiting(datastore, place, url, signal, log);
  const snapshots = await listSnapshots(datastore, place, url.vmId, options);
  const disks = await locateChain(datastore, place, snapshots, url, options);
  return await withScratch(HERE, "host", datastore.tmpDir, signal, async (scratch) => {
    requireSpace(scratch, disks);
    const toRead = disks.reduce((sum, disk) => sum + (disk.known?.bytes ?? 0), 0);
    const files: string[] = [];
    let before = 0;
    for (const [index, disk] of disks.entries()) {
      throwIfCancelled(signal);
      const file = `${scratch.dir}/${index}.qcow2`;
      // The size of the disk is not known yet: the second half of the bar is as long as the first.
      const report = (done: number) => log.progress(before + Math.min(done, disk.known?.bytes ?? 0), 2 * toRead);
      await extractFile(datastore, place, disk, file, options, report);
      before += disk.known?.bytes ?? 0;
      files.push(file);
    }
    const total = await checkHeaders(scratch, files, signal);
    const node = chainNode(files.map((path) => ({ path })));
    if (node === null) throw new DriverError("The chain has no point.");
    const onProgress = (done: number) => log.progress(toRead + Math.floor((done / total) * toRead), 2 * toRead);
    await makeFile(input.destination, async (part) => {
      await convertNode(node, part, input.format, { total, signal, onProgress });
      throwIfCancelled(signal);
    });
    return total;
  });
}

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [url = "", destination = "", format = ""] = argv;
    if (argv.length !== 3) throw new DriverError("Usage: restic <url> <destination file> <format>");
    const virtualSize = await downloadResticDisk({
      url,
      datastore: parseResticDatastore(parseXml(xml).first("DATASTORE")),
      destination: absolutePath("The destination", destination),
      format: parseFormat(format),
      signal,
      log,
    });
    return String(virtualSize);
  },
});
