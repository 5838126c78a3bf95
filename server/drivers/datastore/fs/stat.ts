import { DriverError, defineAction } from "../../action";
import { isBackupUrl, sizeOfBackupUrl } from "../../downloader/backup-url";
import { parseXml } from "../../xml";
import { toMib } from "../rsync/repository";
import { openSource } from "./source-file";

/**
 * `stat <request id>`: guest-visible MiB of what IMAGE/PATH names. With a backup URL the document's DATASTORE is the
 * backup datastore.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const document = parseXml(xml);
    const path = document.text("IMAGE/PATH");
    const datastore = document.first("DATASTORE");
    if (path === "" || datastore === null) throw new DriverError("The document needs IMAGE/PATH and DATASTORE.");
    if (isBackupUrl(path)) return String(await sizeOfBackupUrl(path, datastore, { signal, log }));
    const source = await openSource(datastore, path, null);
    await source.close();
    return String(toMib(source.virtualSize));
  },
});
