import { lstat, open } from "node:fs/promises";
import { parseQcow2Header, QCOW2_PROBE_BYTES } from "../../../domain/qcow2-header";
import { type ActionInput, DriverError, defineAction } from "../../action";
import { isBackupUrl, openBackupUrl } from "../../downloader/backup-url";
import { convertNode, type DiskFormat, makeFile } from "../../downloader/convert";
import { writeDisk } from "../../downloader/rsync";
import { isMissing } from "../../fs-errors";
import { parseXml, type XmlElement } from "../../xml";
import { newImage, openStore } from "./image-store";
import { openSource, sourceNode } from "./source-file";

/** A restored disk is a qcow2 file unless the image says otherwise: the next backups need its bitmaps. */
const RESTORED_FORMAT: DiskFormat = "qcow2";

/**
 * `cp <image id>`: store the image that IMAGE/PATH names, a local file or a backup URL, and print `<path> <format>`.
 * A repeated action answers at once when the file is there; nothing but a complete file ever has the final name.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const document = parseXml(xml);
    const datastore = document.first("DATASTORE");
    const basePath = await openStore(datastore);
    const image = newImage(document.first("IMAGE"), basePath);
    const done = await storedFormat(image.path, image.format);
    if (done !== null) {
      log.info(`${image.path} is already stored; nothing is copied`);
      return `${image.path} ${done}`;
    }
    const source = document.text("IMAGE/PATH");
    if (source === "") throw new DriverError("The document has no IMAGE/PATH.");
    if (isBackupUrl(source)) {
      const format = image.format ?? RESTORED_FORMAT;
      const disk = await openBackupUrl(source, document.first("EXTRA_DATA/DATASTORE"), { signal, log });
      await writeDisk(disk, image.path, format);
      return `${image.path} ${format}`;
    }
    if (datastore === null) throw new DriverError("The document has no DATASTORE element.");
    const format = await copyLocal(datastore, source, image, { signal, log });
    return `${image.path} ${format}`;
  },
});

/** Format of a file that an earlier run has completed, null when there is none. */
async function storedFormat(path: string, asked: DiskFormat | null): Promise<DiskFormat | null> {
  try {
    if (!(await lstat(path)).isFile()) throw new DriverError(`${path} is in the way: it is not a regular file.`);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  if (asked !== null) return asked;
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(QCOW2_PROBE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return parseQcow2Header(buffer.subarray(0, bytesRead)).ok ? "qcow2" : "raw";
  } finally {
    await file.close();
  }
}

async function copyLocal(
  datastore: XmlElement,
  path: string,
  image: { path: string; format: DiskFormat | null },
  { signal, log }: Pick<ActionInput, "signal" | "log">,
): Promise<DiskFormat> {
  const source = await openSource(datastore, path, image.format);
  try {
    await makeFile(image.path, async (part) => {
      await convertNode(sourceNode(source), part, source.format, {
        total: source.virtualSize,
        signal,
        onProgress: (done) => log.progress(done, source.virtualSize),
      });
    });
  } finally {
    await source.close();
  }
  return source.format;
}
