/** Images as files directly in BASE_PATH of a datastore on this machine: `<BASE_PATH>/<24 hex>`. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { DriverError } from "../../action";
import type { DiskFormat } from "../../downloader/convert";
import type { XmlElement } from "../../xml";
import { absolutePath, numericId } from "../rsync/repository";

const IMAGE_FILE = /^[0-9a-f]{24}$/;

export interface ImageRef {
  id: number;
  /** Where it is stored. */
  path: string;
  /** Null: the document does not say. */
  format: DiskFormat | null;
}

/** BASE_PATH of the DATASTORE element, made when it is missing. */
export async function openStore(datastore: XmlElement | null): Promise<string> {
  if (datastore === null) throw new DriverError("The document has no DATASTORE element.");
  const basePath = absolutePath("BASE_PATH", datastore.text("BASE_PATH"));
  try {
    await mkdir(basePath, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DriverError(`${basePath} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  return basePath;
}

/**
 * Name and format for a new image. The name comes from id and registration time, not from chance, so a repeated action
 * finds what the first one made.
 */
export function newImage(image: XmlElement | null, basePath: string): ImageRef {
  if (image === null) throw new DriverError("The document has no IMAGE element.");
  const id = numericId("The image id", image.text("ID"));
  const name = createHash("sha256")
    .update(`${id}:${image.text("REGTIME")}`)
    .digest("hex")
    .slice(0, 24);
  const format = (image.text("FORMAT") || image.text("TEMPLATE/FORMAT") || image.text("TEMPLATE/DRIVER")).toLowerCase();
  if (format !== "" && format !== "raw" && format !== "qcow2") {
    throw new DriverError(`Image format ${JSON.stringify(format)} is not raw or qcow2.`);
  }
  return { id, path: `${basePath}/${name}`, format: format === "" ? null : format };
}

/** True when `path` is a file of this store by its name; nothing else is ever removed. */
export function isStored(path: string, basePath: string): boolean {
  const name = path.slice(basePath.length + 1);
  return path === `${basePath}/${name}` && IMAGE_FILE.test(name);
}
