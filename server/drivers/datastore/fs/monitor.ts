import { statfs } from "node:fs/promises";
import { defineAction } from "../../action";
import { parseXml } from "../../xml";
import { openStore } from "./image-store";

const MIB = 1024 * 1024;

/** `monitor <ds id>`: capacity of the file system below BASE_PATH, MiB. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml }) {
    const basePath = await openStore(parseXml(xml).first("DATASTORE"));
    const { bsize, blocks, bfree, bavail } = await statfs(basePath);
    const mib = (count: number) => Math.floor((count * bsize) / MIB);
    return `USED_MB=${mib(blocks - bfree)}\nTOTAL_MB=${mib(blocks)}\nFREE_MB=${mib(bavail)}`;
  },
});
