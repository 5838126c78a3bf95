import { DriverError, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { openSource } from "../fs/source-file";
import { parseRepository, toMib } from "../rsync/repository";
import { statBackupUrl } from "../rsync/stored";

/** `stat <request id>`: guest-visible MiB of the file or backup URL that IMAGE/PATH names, before it is an image. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const document = parseXml(xml);
    const path = document.text("IMAGE/PATH");
    const datastore = document.first("DATASTORE");
    if (path === "" || datastore === null) throw new DriverError("The document needs IMAGE/PATH and DATASTORE.");
    if (/^rsync:\/\//.test(path)) return String(await statBackupUrl(parseRepository(datastore), path, signal));
    const source = await openSource(datastore, path, null);
    await source.close();
    return String(toMib(source.virtualSize));
  },
});
