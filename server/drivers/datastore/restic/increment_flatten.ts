/**
 * `increment_flatten <image id>`: the points beyond KEEP_LAST as one new snapshot, under the backup id of the oldest point
 * that stays. Nothing that is stored is changed, and until the new snapshot exists nothing is forgotten: there is no step
 * at which a point could be lost, and no journal.
 */
import { DriverError, type DriverLog, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { parseBackupImage } from "../rsync/backup-image";
import { numericId, toMib } from "../rsync/repository";
import type { ChainPoint } from "../rsync/url";
import { mergePoints } from "./merge-points";
import { checkBase, nearestPlace, waiting } from "./open";
import { parseResticDatastore } from "./repository";
import type { ResticOptions } from "./restic";
import { isMerged, listSnapshots, readManifestOf, snapshotOf, snapshotsOf } from "./snapshots";
import { forgetSnapshots } from "./store";

export const action = defineAction({
  stdin: "base64",
  async run({ argv, xml, signal, log }) {
    const document = parseXml(xml);
    const datastore = parseResticDatastore(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const keepLast = numericId("KEEP_LAST", document.text("EXTRA_DATA/KEEP_LAST"));
    if (keepLast < 1 || argv.length !== 1) throw new DriverError("Usage: increment_flatten <image id>, KEEP_LAST >= 1");
    const count = image.chain.length - keepLast + 1;
    if (count < 2) return "";
    const points = image.chain.slice(0, count);
    const kept = image.chain.slice(count - 1);

    try {
      await checkBase(datastore, signal);
      const owner = { vmId: image.vmId, jobId: image.jobId };
      const place = await nearestPlace(datastore, owner, ["restic", "qemu-img"], signal);
      const options = waiting(datastore, place, owner, signal, log);
      const snapshots = (await listSnapshots(datastore, place, owner.vmId, options)) ?? [];
      const full = pointOf(kept);
      const stored = snapshotOf(snapshots, full.backupId);
      if (stored === undefined) {
        throw new DriverError(`The stored backup ${full.backupId} is missing in ${place.repository}.`);
      }
      const isDone = isMerged(stored);
      const manifest = isDone
        ? await readManifestOf(datastore, place, stored, options)
        : await mergePoints({ datastore, place, owner, snapshots, points, stored, options, log, signal });
      if (manifest === null) throw new DriverError(`The merged backup ${full.backupId} has no manifest.`);
      const replaced = snapshotsOf(snapshots, full.backupId).filter((snapshot) => !isMerged(snapshot));
      await forgetQuietly(() => forgetSnapshots(datastore, place, idsOf(replaced), options), replaced, options, log);
      log.manifest(manifest);
      const bytes = manifest.disks.reduce((sum, disk) => sum + disk.bytes, 0);
      return `${toMib(bytes)} ${kept.map((point) => `${point.incrementId}:${point.backupId}`).join(",")}`;
    } catch (error) {
      log.chainWhole();
      throw error;
    }
  },
});

function pointOf(kept: readonly ChainPoint[]): ChainPoint {
  const [first] = kept;
  if (first === undefined) throw new DriverError("The chain has no point.");
  return first;
}

function idsOf(snapshots: readonly { id: string }[]): string[] {
  return snapshots.map((snapshot) => snapshot.id);
}

/** The merged snapshot is read instead of these from now on; `rm` of the merged points takes what stays here. */
async function forgetQuietly(
  forget: () => Promise<void>,
  snapshots: readonly { id: string }[],
  { signal }: ResticOptions,
  log: DriverLog,
): Promise<void> {
  if (snapshots.length === 0) return;
  try {
    await forget();
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn(error instanceof Error ? error.message : String(error));
  }
}
