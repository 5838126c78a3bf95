import { isLocal } from "../../../lib/ssh";
import { type ActionInput, DriverError, defineAction } from "../../action";
import { rbdNode, sourceOf } from "../../ceph/rbd";
import { isBackupUrl, openBackupUrl } from "../../downloader/backup-url";
import { convertToNode } from "../../downloader/convert";
import type { ChainReader } from "../../downloader/rsync";
import { parseXml, type XmlElement } from "../../xml";
import { openSource, sourceNode } from "../fs/source-file";
import { bridgeOf, createImage, namedImage, openCephStore, partOf, removeImages, renameImage, sizeOf } from "./store";

interface Source {
  virtualSize: number;
  read(reader: ChainReader): Promise<void>;
  close(): Promise<void>;
}

/**
 * `cp <image id>`: store what IMAGE/PATH names, a local file or a backup URL, as `<pool>/one-<id>`, and print that and
 * the format, which is always raw. A repeated action answers at once when the image is there; nothing but a complete
 * image ever has the final name.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const document = parseXml(xml);
    const store = openCephStore(document.first("DATASTORE"));
    const { id, image } = namedImage(store, document.first("IMAGE"));
    const machine = bridgeOf(store, id);
    if (!isLocal(machine)) {
      throw new DriverError("Images are written from this machine: leave BRIDGE_LIST empty, and give it ceph.conf.");
    }
    const answer = `${sourceOf(image)} raw`;
    if ((await sizeOf(machine, image, signal)) !== null) {
      log.info(`${sourceOf(image)} is already stored; nothing is copied`);
      return answer;
    }
    const source = await open(document, { signal, log });
    const part = partOf(image);
    try {
      await removeImages(machine, [part], signal);
      await createImage(machine, part, source.virtualSize, store.dataPool, signal);
      const target = rbdNode(part, null);
      await source.read((node, options) => convertToNode(node, target, sourceOf(image), options));
      await renameImage(machine, part, image, signal);
    } catch (error) {
      // No signal: it runs after a cancel too.
      await removeImages(machine, [part]).catch((cause: unknown) => {
        log.warn(`${sourceOf(part)} could not be removed: ${cause instanceof Error ? cause.message : String(cause)}`);
      });
      throw error;
    } finally {
      await source.close();
    }
    return answer;
  },
});

async function open(document: XmlElement, { signal, log }: Pick<ActionInput, "signal" | "log">): Promise<Source> {
  const path = document.text("IMAGE/PATH");
  if (path === "") throw new DriverError("The document has no IMAGE/PATH.");
  if (isBackupUrl(path)) {
    const download = await openBackupUrl(path, document.first("EXTRA_DATA/DATASTORE"), { signal, log });
    return { ...download, close: async () => undefined };
  }
  const datastore = document.first("DATASTORE");
  if (datastore === null) throw new DriverError("The document has no DATASTORE element.");
  const file = await openSource(datastore, path, null);
  return {
    virtualSize: file.virtualSize,
    read: async (reader) => {
      const onProgress = (done: number) => log.progress(done, file.virtualSize);
      await reader(sourceNode(file), { total: file.virtualSize, signal, onProgress }, null);
    },
    close: () => file.close(),
  };
}
