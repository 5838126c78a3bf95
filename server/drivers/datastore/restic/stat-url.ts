import { DriverError, type DriverLog } from "../../action";
import { toMib } from "../rsync/repository";
import { MAX_VM_XML_BYTES, sizeInVmXml } from "../rsync/stored";
import { lastPoint } from "../rsync/url";
import { checkBase, waiting } from "./open";
import { placeHere } from "./place";
import type { ResticDatastore } from "./repository";
import { dumpText, listSnapshots, pathIn, readManifestOf, snapshotOf } from "./snapshots";
import { parseResticUrl } from "./url";

/** Size in MiB of the disk that a backup URL names, as the VM had it: vm.xml of the last point, else its manifest. */
export async function statResticUrl(
  datastore: ResticDatastore,
  urlText: string,
  signal: AbortSignal,
  log: DriverLog,
): Promise<number> {
  const url = parseResticUrl(urlText, datastore);
  await checkBase(datastore, signal);
  const place = placeHere(datastore, url);
  const options = waiting(datastore, place, url, signal, log);
  const { backupId } = lastPoint(url);
  const snapshot = snapshotOf((await listSnapshots(datastore, place, url.vmId, options)) ?? [], backupId);
  if (snapshot === undefined) throw new DriverError(`The stored backup ${backupId} is missing in ${place.repository}.`);
  const path = pathIn(snapshot, "vm.xml");
  const fromXml =
    path === undefined
      ? null
      : sizeInVmXml(await dumpText(datastore, place, snapshot, path, MAX_VM_XML_BYTES, options), url.diskId);
  if (fromXml !== null) return fromXml;
  const manifest = await readManifestOf(datastore, place, snapshot, options);
  const disk = manifest?.disks.find((each) => each.id === url.diskId);
  if (disk !== undefined) return toMib(disk.virtualSize);
  throw new DriverError(`The size of disk ${url.diskId} of backup ${backupId} is in neither vm.xml nor manifest.`);
}
