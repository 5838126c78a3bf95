import { defineAction } from "../../action";
import { parseXml } from "../../xml";
import { bridgeOf, namedImage, openCephStore, partOf, removeImages } from "./store";

/** `rm <image id>`: remove the image, and a part that a killed `cp` has left. Missing is fine; an image with clones stays. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const document = parseXml(xml);
    const store = openCephStore(document.first("DATASTORE"));
    const { id, image } = namedImage(store, document.first("IMAGE"));
    await removeImages(bridgeOf(store, id), [partOf(image), image], signal);
    return "";
  },
});
