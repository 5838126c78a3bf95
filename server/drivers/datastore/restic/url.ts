/**
 * `restic://<ds id>/<job id or empty>/<inc>:<id>,<inc>:<id>…/<path>/<vm id>/backup/disk.<n>.<inc>`: a disk at a restore
 * point, with the chain that has to be merged for it. An id is that of a backup of ours, or the beginning of a snapshot's
 * id. The path is the one that the last point was backed up from. A URL comes from an image's PATH, which a user can
 * write: every part is checked, and no path of it is ever opened.
 */
import { DriverError } from "../../action";
import { type BackupUrl, parseChain } from "../rsync/url";

const URL_PARTS = /^restic:\/\/(\d{1,10})\/(\d{0,10})\/([0-9a-f:,]+)(\/.*)$/;
const PATH_TAIL = /\/(\d{1,10})\/backup\/disk\.(\d{1,6})\.(\d{1,9})$/;

/** Print a URL; `path` is where the disk was backed up from. A path without the VM's id in its place gets one. */
export function formatResticUrl(url: BackupUrl, path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const isUsual = PATH_TAIL.exec(path)?.[1] === String(url.vmId);
  const tail = isUsual ? path : `/${url.vmId}/backup/${name}`;
  const chain = url.chain.map((point) => `${point.incrementId}:${point.backupId}`).join(",");
  return `restic://${url.datastoreId}/${url.jobId ?? ""}/${chain}${tail}`;
}

/**
 * Take a URL apart and check it against the datastore it must belong to.
 * @throws DriverError saying what is wrong
 */
export function parseResticUrl(text: string, datastore: { id: number }): BackupUrl {
  const refuse = (reason: string): never => {
    throw new DriverError(`The backup URL ${JSON.stringify(text.slice(0, 300))} is refused: ${reason}.`);
  };
  const [, datastoreId = "", jobId = "", chainText = "", path = ""] = URL_PARTS.exec(text) ?? refuse("it is malformed");
  if (Number(datastoreId) !== datastore.id) refuse(`it belongs to datastore ${datastoreId}, not ${datastore.id}`);
  const chain = parseChain(chainText, refuse);
  const [, vmId = "", diskId = ""] = PATH_TAIL.exec(path) ?? refuse("its path is not that of a stored disk");
  return {
    datastoreId: datastore.id,
    jobId: jobId === "" ? null : Number(jobId),
    chain,
    vmId: Number(vmId),
    diskId: Number(diskId),
  };
}
