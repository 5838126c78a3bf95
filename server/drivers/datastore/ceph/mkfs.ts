import { DriverError, defineAction } from "../../action";
import { sourceOf } from "../../ceph/rbd";
import { parseXml } from "../../xml";
import { numericId } from "../rsync/repository";
import { bridgeOf, createImage, namedImage, openCephStore, sizeOf } from "./store";

const MIB = 1024 * 1024;
/** 64 TiB, the largest disk we accept anywhere. */
const MAX_SIZE_MIB = 64 * 1024 * 1024;

/** `mkfs <image id>`: an empty image of IMAGE/SIZE MiB. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const document = parseXml(xml);
    const store = openCephStore(document.first("DATASTORE"));
    const { id, image } = namedImage(store, document.first("IMAGE"));
    const sizeMib = numericId("IMAGE/SIZE", document.text("IMAGE/SIZE"));
    if (sizeMib < 1 || sizeMib > MAX_SIZE_MIB) throw new DriverError("IMAGE/SIZE must be 1 MiB to 64 TiB.");
    const machine = bridgeOf(store, id);
    if ((await sizeOf(machine, image, signal)) === null) {
      await createImage(machine, image, sizeMib * MIB, store.dataPool, signal);
    }
    return `${sourceOf(image)} raw`;
  },
});
