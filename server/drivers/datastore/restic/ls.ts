import { DriverError, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { cutChain, parseBackupImage } from "../rsync/backup-image";
import { parseIncrement } from "../rsync/increment-argument";
import { lastPoint } from "../rsync/url";
import { checkBase, waiting } from "./open";
import { placeHere } from "./place";
import { parseResticDatastore } from "./repository";
import { diskPaths, listSnapshots, snapshotOf } from "./snapshots";
import { formatResticUrl } from "./url";

/** `ls -i <increment id or -1>`: one JSON object, disk id → URL of the disk at that point. */
export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const incrementId = parseIncrement("ls", argv);
    const document = parseXml(xml);
    const datastore = parseResticDatastore(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    // A VM that is gone leaves its id in the image.
    const vmText = document.text("VM/ID");
    const vmId = image.vmId ?? (/^\d{1,10}$/.test(vmText) ? Number(vmText) : null);
    if (vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const chain = cutChain(image.chain, incrementId);
    if (chain.length === 0) throw new DriverError("The image has no stored backup.");

    await checkBase(datastore, signal);
    const owner = { vmId, jobId: image.jobId };
    const place = placeHere(datastore, owner);
    const options = waiting(datastore, place, owner, signal, log);
    const snapshots = await listSnapshots(datastore, place, vmId, options);
    const { backupId } = lastPoint({ chain });
    const last = snapshotOf(snapshots ?? [], backupId);
    if (last === undefined) throw new DriverError(`The stored backup ${backupId} is missing in ${place.repository}.`);
    const urls = [...diskPaths(last)].map(([diskId, path]) => {
      const url = { datastoreId: datastore.id, jobId: image.jobId, chain, vmId, diskId };
      return [String(diskId), formatResticUrl(url, path)] as const;
    });
    return JSON.stringify(Object.fromEntries(urls));
  },
});
