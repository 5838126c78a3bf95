import { defineAction } from "../../action";
import { parseXml } from "../../xml";
import { measureRepository } from "../rsync/measure";
import { parseResticDatastore } from "./repository";

/** `monitor <ds id>`: capacity of the file system that holds the repositories, in MiB, and the id of the base folder. */
export const action = defineAction({
  stdin: "base64",
  run: async ({ xml, signal, log }) =>
    await measureRepository(parseResticDatastore(parseXml(xml).first("DATASTORE")), signal, log),
});
