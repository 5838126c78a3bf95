import { defineAction } from "../../action";
import { parseXml } from "../../xml";
import { measureRepository } from "./measure";
import { parseRepository } from "./repository";

/** `monitor <ds id>`: capacity of the file system that holds the repository, in MiB, and the id of the repository. */
export const action = defineAction({
  stdin: "base64",
  run: async ({ xml, signal, log }) =>
    await measureRepository(parseRepository(parseXml(xml).first("DATASTORE")), signal, log),
});
