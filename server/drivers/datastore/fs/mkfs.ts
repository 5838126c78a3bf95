import { run } from "../../../lib/process";
import { DriverError, defineAction } from "../../action";
import { makeFile } from "../../downloader/convert";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { numericId } from "../rsync/repository";
import { newImage, openStore } from "./image-store";

/** 64 TiB, the largest disk we accept anywhere. */
const MAX_SIZE_MIB = 64 * 1024 * 1024;

/** `mkfs <image id>`: an empty disk of IMAGE/SIZE MiB, thin in either format. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const document = parseXml(xml);
    const basePath = await openStore(document.first("DATASTORE"));
    const image = newImage(document.first("IMAGE"), basePath);
    const sizeMib = numericId("IMAGE/SIZE", document.text("IMAGE/SIZE"));
    if (sizeMib < 1 || sizeMib > MAX_SIZE_MIB) throw new DriverError("IMAGE/SIZE must be 1 MiB to 64 TiB.");
    const format = image.format ?? "qcow2";
    await makeFile(image.path, async (part) => {
      const result = await run(["qemu-img", "create", "-q", "-f", format, "--", part, `${sizeMib}M`], {
        signal,
        timeoutMs: SHORT_WORK_MS,
      });
      if (!result.ok) {
        throw new DriverError(`qemu-img could not make ${part}: ${result.spawnError ?? result.stderr.trim()}`);
      }
    });
    return `${image.path} ${format}`;
  },
});
