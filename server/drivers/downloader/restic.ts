/** `restic <url> <destination file> <format>`: the disk that a backup URL names, merged from its chain. */
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../action";
import { checkHeaders, extractFile, locateChain, requireSpace } from "../datastore/restic/extract";
import { checkBase, waiting } from "../datastore/restic/open";
import { placeHere } from "../datastore/restic/place";
import { parseResticDatastore, type ResticDatastore } from "../datastore/restic/repository";
import { withScratch } from "../datastore/restic/scratch";
import { listSnapshots } from "../datastore/restic/snapshots";
import { statResticUrl } from "../datastore/restic/stat-url";
import { parseResticUrl } from "../datastore/restic/url";
import { absolutePath } from "../datastore/rsync/repository";
import { parseXml } from "../xml";
import { chainNode, MAX_RESTORED_POINTS } from "./chain";
import { type ChainReader, type Download, parseFormat, writeDisk } from "./rsync";

const HERE = { host: "localhost" };
const MIB = 1024 * 1024;

/**
 * Look at the chain that a URL names. To be read, its files are put into RESTIC_TMP_DIR on this machine: restic hands a
 * file out from beginning to end only, and qemu reads anywhere.
 * @throws DriverError when a point is missing
 */
export async function openResticDownload(input: {
  url: string;
  datastore: ResticDatastore;
  signal: AbortSignal;
  log: DriverLog;
}): Promise<Download> {
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
  const virtualSize =
    disks.at(-1)?.known?.virtualSize ?? (await statResticUrl(datastore, input.url, signal, log)) * MIB;
  const toRead = disks.reduce((sum, disk) => sum + (disk.known?.bytes ?? 0), 0);

  const read = async (reader: ChainReader) =>
    await withScratch(HERE, "host", datastore.tmpDir, signal, async (scratch) => {
      requireSpace(scratch, disks);
      const files: { path: string }[] = [];
      let before = 0;
      for (const [index, disk] of disks.entries()) {
        throwIfCancelled(signal);
        const path = `${scratch.dir}/${index}.qcow2`;
        const report = (done: number) =>
          log.progress(before + Math.min(done, disk.known?.bytes ?? 0), toRead + virtualSize);
        await extractFile(datastore, place, disk, path, options, report);
        before += disk.known?.bytes ?? 0;
        files.push({ path });
      }
      const total = await checkHeaders(
        scratch,
        files.map((file) => file.path),
        signal,
      );
      const node = chainNode(files);
      if (node === null || total !== virtualSize) {
        throw new DriverError(`The disk has ${total} bytes; its manifest or vm.xml says ${virtualSize}.`);
      }
      const onProgress = (done: number) => log.progress(toRead + done, toRead + virtualSize);
      await reader(node, { total, signal, onProgress }, files);
      throwIfCancelled(signal);
    });
  return { virtualSize, read };
}

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [url = "", destination = "", format = ""] = argv;
    if (argv.length !== 3) throw new DriverError("Usage: restic <url> <destination file> <format>");
    const datastore = parseResticDatastore(parseXml(xml).first("DATASTORE"));
    const target = absolutePath("The destination", destination);
    const disk = await openResticDownload({ url, datastore, signal, log });
    return String(await writeDisk(disk, target, parseFormat(format)));
  },
});
