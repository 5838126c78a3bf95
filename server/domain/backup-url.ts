/**
 * `<scheme>://<ds id>/<job id or empty>/<inc>:<id>,<inc>:<id>…/<path>/<vm id>/<folder>/disk.<n>.<inc>`: a disk at a restore
 * point, as `ls` of a backup datastore prints it and as IMAGE/PATH may hold it (drivers-and-core §8). It comes from a
 * user, so it only *names* a point: the core finds the backup it means and asks the driver for the URL again.
 */
export interface BackupUrlParts {
  /** Driver of the backup datastore. */
  scheme: string;
  datastoreId: number;
  /** Oldest first. */
  chain: { incrementId: number; source: string }[];
  vmId: number;
  diskId: number;
}

const MAX_URL_CHARS = 65_536;
const SCHEMES: ReadonlySet<string> = new Set(["rsync", "restic"]);

/** Is it meant as the URL of a backup? */
export function isBackupUrl(path: string): boolean {
  return SCHEMES.has(/^([a-z]+)(?:\+[a-z]+)?:\/\//.exec(path)?.[1] ?? "");
}

/** The parts, or null when it is not such a URL. */
export function parseBackupUrlParts(text: string): BackupUrlParts | null {
  if (text.length > MAX_URL_CHARS) return null;
  const [, scheme = "", datastoreId = "", list = "", path = ""] =
    /^([a-z]+):\/\/(\d{1,9})\/\d{0,9}\/([0-9a-f:,]+)(\/[^\u0000-\u001f\u007f]+)$/.exec(text) ?? [];
  const [, vmId, diskId] = /\/(\d{1,9})\/[0-9A-Za-z_-]{1,64}\/disk\.(\d{1,6})\.\d{1,9}$/.exec(path) ?? [];
  if (!SCHEMES.has(scheme) || vmId === undefined || diskId === undefined || path.split("/").includes("..")) return null;
  const chain: BackupUrlParts["chain"] = [];
  for (const pair of list.split(",")) {
    const [, incrementId, source] = /^(\d{1,9}):([0-9a-f]{6,64})$/.exec(pair) ?? [];
    if (incrementId === undefined || source === undefined) return null;
    if (Number(incrementId) <= (chain.at(-1)?.incrementId ?? -1)) return null;
    chain.push({ incrementId: Number(incrementId), source });
  }
  return { scheme, datastoreId: Number(datastoreId), chain, vmId: Number(vmId), diskId: Number(diskId) };
}
