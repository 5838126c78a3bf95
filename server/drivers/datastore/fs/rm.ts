import { rm } from "node:fs/promises";
import { DriverError, defineAction } from "../../action";
import { partPath } from "../../downloader/convert";
import { parseXml } from "../../xml";
import { normalisePath } from "../rsync/repository";
import { isStored, newImage, openStore } from "./image-store";

/**
 * `rm <image id>`: remove the file that IMAGE/SOURCE names, if it is one of this store. Without a SOURCE it is the file
 * that `cp` would have made: a copy that was killed has left a part of it. Missing is fine.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml }) {
    const document = parseXml(xml);
    const basePath = await openStore(document.first("DATASTORE"));
    const source = document.text("IMAGE/SOURCE") || newImage(document.first("IMAGE"), basePath).path;
    const path = normalisePath(source);
    if (!isStored(path, basePath)) {
      throw new DriverError(`${JSON.stringify(source)} is not an image of ${basePath}; nothing was removed.`);
    }
    await rm(partPath(path), { force: true });
    await rm(path, { force: true });
    return "";
  },
});
