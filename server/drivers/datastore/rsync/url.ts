/**
 * `rsync://<ds id>/<job id or empty>/<inc>:<id>,<inc>:<id>…/<BASE_PATH>/<vm id>/<id>/disk.<n>.<inc>`: a disk at a restore
 * point, with the chain that has to be merged for it. A URL comes from an image's PATH, which a user can write, so each
 * part is checked and the paths are built again from the parts.
 */
import { DriverError } from "../../action";
import { normalisePath } from "./repository";

/** Longer chains than this do not happen; the bound keeps a hostile URL cheap. */
export const MAX_CHAIN_POINTS = 1000;
export const BACKUP_ID = /^[0-9a-f]{6,64}$/;

export interface ChainPoint {
  incrementId: number;
  /** Folder of the point. */
  backupId: string;
}

export interface BackupUrl {
  datastoreId: number;
  jobId: number | null;
  /** Oldest first, at least one. */
  chain: ChainPoint[];
  vmId: number;
  diskId: number;
}

const URL_PARTS = /^rsync:\/\/(\d{1,10})\/(\d{0,10})\/([0-9a-f:,]+)(\/.*)$/;
const PATH_TAIL = /^\/(\d{1,10})\/([0-9a-f]{6,64})\/disk\.(\d{1,6})\.(\d{1,9})$/;

/** The folder of a point on the backup server. */
export function pointDir(basePath: string, vmId: number, backupId: string): string {
  return `${basePath}/${vmId}/${backupId}`;
}

/** The stored file of a disk at a point. */
export function diskPath(basePath: string, url: BackupUrl, point: ChainPoint): string {
  return `${pointDir(basePath, url.vmId, point.backupId)}/disk.${url.diskId}.${point.incrementId}`;
}

/** The last point of a chain, the one that the URL restores. */
export function lastPoint(url: Pick<BackupUrl, "chain">): ChainPoint {
  const last = url.chain.at(-1);
  if (last === undefined) throw new DriverError("The chain has no point.");
  return last;
}

/** Print a URL. As upstream, the path names the file of the chain's first point. */
export function formatBackupUrl(basePath: string, url: BackupUrl): string {
  const chain = url.chain.map((point) => `${point.incrementId}:${point.backupId}`).join(",");
  const [first] = url.chain;
  if (first === undefined) throw new DriverError("The chain has no point.");
  return `rsync://${url.datastoreId}/${url.jobId ?? ""}/${chain}${diskPath(basePath, url, first)}`;
}

/** `<inc>:<id>,<inc>:<id>…` in order and without repetition; `refuse` throws with a reason. */
export function parseChain(text: string, refuse: (reason: string) => never): ChainPoint[] {
  const chain = text.split(",").map((word): ChainPoint => {
    const [, incrementId = "", backupId = ""] =
      /^(\d{1,9}):([0-9a-f]{6,64})$/.exec(word) ?? refuse("its chain is malformed");
    return { incrementId: Number(incrementId), backupId };
  });
  if (chain.length > MAX_CHAIN_POINTS) refuse("its chain is too long");
  if (chain.some((point, index) => index > 0 && point.incrementId <= (chain[index - 1]?.incrementId ?? -1))) {
    refuse("its chain is not in order");
  }
  if (new Set(chain.map((point) => point.backupId)).size !== chain.length) refuse("its chain repeats a point");
  return chain;
}

/**
 * Take a URL apart and check it against the datastore it must belong to.
 * @throws DriverError saying what is wrong
 */
export function parseBackupUrl(text: string, datastore: { id: number; basePath: string }): BackupUrl {
  const refuse = (reason: string): never => {
    throw new DriverError(`The backup URL ${JSON.stringify(text.slice(0, 300))} is refused: ${reason}.`);
  };
  const [, datastoreId = "", jobId = "", chainText = "", rawPath = ""] =
    URL_PARTS.exec(text) ?? refuse("it is malformed");
  if (Number(datastoreId) !== datastore.id) refuse(`it belongs to datastore ${datastoreId}, not ${datastore.id}`);
  const chain = parseChain(chainText, refuse);
  const path = normalisePath(rawPath);
  if (!path.startsWith(`${datastore.basePath}/`)) refuse("its path is outside the datastore");
  const tail = PATH_TAIL.exec(path.slice(datastore.basePath.length)) ?? refuse("its path is not that of a stored disk");
  const [, vmId = "", pathId = "", diskId = ""] = tail;
  if (!chain.some((point) => point.backupId === pathId)) refuse("its path is not in its chain");
  return {
    datastoreId: datastore.id,
    jobId: jobId === "" ? null : Number(jobId),
    chain,
    vmId: Number(vmId),
    diskId: Number(diskId),
  };
}
