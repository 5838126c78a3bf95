import { DescribeAnswer, type DescribedPoint, MAX_DESCRIBED_POINTS } from "../../../domain/catalogue";
import { DriverError, defineAction, throwIfCancelled } from "../../action";
import { parseXml } from "../../xml";
import { documentText } from "../rsync/describe";
import { numericId } from "../rsync/repository";
import { DISK_FILE, MAX_VM_XML_BYTES } from "../rsync/stored";
import { checkBase, nearestPlace, waiting } from "./open";
import type { ResticPlace } from "./place";
import { parseResticDatastore, type ResticDatastore } from "./repository";
import type { ResticOptions } from "./restic";
import {
  dumpText,
  listFiles,
  listSnapshots,
  pathIn,
  readManifestOf,
  type Snapshot,
  shortId,
  snapshotOf,
} from "./snapshots";

const BACKUP_TAG = /^strata-([0-9a-f]{6,64})$/;

/**
 * `describe <ds id> <vm id> [<job id>]`: every snapshot of a VM in its own repository, or in that of a job, with all that
 * the catalogue must know to restore it. Only reads.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ argv, xml, signal, log }) {
    const [, vmText = "", jobText, ...others] = argv;
    if (others.length > 0) throw new DriverError("Usage: describe <datastore id> <vm id> [<job id>]");
    const vmId = numericId("The VM's id", vmText);
    const owner = { vmId, jobId: jobText === undefined ? null : numericId("The job's id", jobText) };
    const datastore = parseResticDatastore(parseXml(xml).first("DATASTORE"));
    await checkBase(datastore, signal);
    const place = await nearestPlace(datastore, owner, ["restic"], signal);
    const options = waiting(datastore, place, owner, signal, log);
    const snapshots = (await listSnapshots(datastore, place, vmId, options)) ?? [];
    const ids = [...new Set(snapshots.map(backupIdOf))];
    if (ids.length > MAX_DESCRIBED_POINTS) {
      throw new DriverError(
        `${place.repository} holds ${ids.length} backups of VM ${vmId}, more than can be described at once.`,
      );
    }
    const points: DescribedPoint[] = [];
    for (const backupId of ids) {
      throwIfCancelled(signal);
      const snapshot = snapshotOf(snapshots, backupId);
      if (snapshot !== undefined) points.push(await describePoint(datastore, place, snapshot, backupId, options));
    }
    const answer = DescribeAnswer.safeParse({ points });
    if (!answer.success) throw new DriverError(`${place.repository} holds more than can be described.`);
    return JSON.stringify(answer.data);
  },
});

/** As `list` names it. */
function backupIdOf(snapshot: Snapshot): string {
  return snapshot.tags?.flatMap((tag) => BACKUP_TAG.exec(tag)?.[1] ?? [])[0] ?? shortId(snapshot);
}

async function describePoint(
  datastore: ResticDatastore,
  place: ResticPlace,
  snapshot: Snapshot,
  backupId: string,
  options: ResticOptions,
): Promise<DescribedPoint> {
  const files = await listFiles(datastore, place, snapshot, options);
  const at = Date.parse(snapshot.time);
  const document = pathIn(snapshot, "vm.xml");
  const text =
    document === undefined ? null : await dumpText(datastore, place, snapshot, document, MAX_VM_XML_BYTES, options);
  let problem: string | null = null;
  const manifest = await readManifestOf(datastore, place, snapshot, options).catch((error: unknown) => {
    // A damaged one is a finding; a repository that cannot be read fails the next call as well.
    problem = error instanceof DriverError ? error.message : String(error);
    return null;
  });
  return {
    backupId,
    problem,
    manifest,
    vmXml: text === null ? null : documentText(text),
    disks: [...files].flatMap(([name, bytes]) => {
      const [, diskId, incrementId] = DISK_FILE.exec(name) ?? [];
      if (diskId === undefined) return [];
      return [{ id: Number(diskId), incrementId: Number(incrementId), bytes, virtualSize: null }];
    }),
    modifiedAt: Number.isNaN(at) ? 0 : Math.max(0, Math.floor(at / 1000)),
  };
}
