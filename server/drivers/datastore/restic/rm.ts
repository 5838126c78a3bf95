import { DriverError, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { parseBackupImage } from "../rsync/backup-image";
import { checkBase, nearestPlace, waiting } from "./open";
import { parseResticDatastore } from "./repository";
import { isMerged, listSnapshots, type Snapshot, snapshotsOf } from "./snapshots";
import { forgetSnapshots, pruneRepository } from "./store";

/**
 * `rm <image id>`: forget every snapshot of the image, then prune. Missing ones are fine, and the prune also takes what a
 * broken upload has left. After a flatten the image has only the points that were merged.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const document = parseXml(xml);
    const datastore = parseResticDatastore(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.chain.length === 0) return "";
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID); nothing was removed.");
    await checkBase(datastore, signal);
    const owner = { vmId: image.vmId, jobId: image.jobId };
    const place = await nearestPlace(datastore, owner, ["restic"], signal);
    const options = waiting(datastore, place, owner, signal, log);
    const snapshots = await listSnapshots(datastore, place, image.vmId, options);
    if (snapshots === null) {
      log.warn(`${place.repository} was not there; nothing to remove`);
      return "";
    }
    const ids = image.chain.flatMap(({ backupId }) => snapshotsOf(snapshots, backupId).map((snapshot) => snapshot.id));
    const doomed = new Set([...ids, ...replaced(snapshots)]);
    if (doomed.size > 0) await forgetSnapshots(datastore, place, [...doomed], options);
    await pruneRepository(datastore, place, options);
    return "";
  },
});

/** Increments that a flatten has replaced under the same backup id, and that it was killed before forgetting. */
function replaced(snapshots: readonly Snapshot[]): string[] {
  return snapshots.filter(isMerged).flatMap((merged) => {
    const tag = merged.tags?.find((each) => /^strata-[0-9a-f]{6,64}$/.test(each));
    const others = snapshots.filter(
      (each) => !isMerged(each) && tag !== undefined && each.tags?.includes(tag) === true,
    );
    return others.map((each) => each.id);
  });
}
