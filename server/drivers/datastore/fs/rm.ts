import { rm } from "node:fs/promises";
import { DriverError, defineAction } from "../../action";
import { partPath } from "../../downloader/convert";
import { parseXml } from "../../xml";
import { normalisePath } from "../rsync/repository";
import { isStored, openStore } from "./image-store";

/** `rm <image id>`: remove the file that IMAGE/SOURCE names, if it is one of this store. Missing is fine. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml }) {
    const document = parseXml(xml);
    const basePath = await openStore(document.first("DATASTORE"));
    const source = document.text("IMAGE/SOURCE");
    // An image that was never stored has no source.
    if (source === "") return "";
    const path = normalisePath(source);
    if (!isStored(path, basePath)) {
      throw new DriverError(`${JSON.stringify(source)} is not an image of ${basePath}; nothing was removed.`);
    }
    await rm(partPath(path), { force: true });
    await rm(path, { force: true });
    return "";
  },
});
