import { DriverError, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { parseResticDatastore } from "./repository";
import { statResticUrl } from "./stat-url";

/** `stat <request id>`: MiB of the disk that IMAGE/PATH names, not of its files in the repository. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const document = parseXml(xml);
    const path = document.text("IMAGE/PATH");
    if (path === "") throw new DriverError("The document has no IMAGE/PATH.");
    return String(await statResticUrl(parseResticDatastore(document.first("DATASTORE")), path, signal, log));
  },
});
