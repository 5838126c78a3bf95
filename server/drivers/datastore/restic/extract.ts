/** Stored files out of a repository, each compared with its checksum on the way. */
import { parseQcow2Header, QCOW2_PROBE_BYTES } from "../../../domain/qcow2-header";
import { DriverError } from "../../action";
import { chainFileProblem } from "../../chain-file";
import { runScript } from "../../remote";
import { toMib } from "../rsync/repository";
import type { BackupUrl, ChainPoint } from "../rsync/url";
import type { ResticPlace } from "./place";
import { type ResticDatastore, repositoryPath } from "./repository";
import { bandwidthWords, explainRestic, type ResticOptions, tryResticScript } from "./restic";
import type { Scratch } from "./scratch";
import { pathIn, readManifestOf, type Snapshot, shortId, snapshotOf } from "./snapshots";

/** A disk file of a point, as the repository has it. */
export interface StoredDisk {
  backupId: string;
  snapshot: Snapshot;
  /** In the snapshot. */
  path: string;
  /** Null: no manifest, written by another program. */
  known: { bytes: number; sha256: string; virtualSize: number } | null;
}

/** $1 file to make, then restic's words. */
const EXTRACT = `
set -o pipefail
digest() {
  local line
  if command -v openssl >/dev/null 2>&1; then line=$(openssl dgst -sha256 -r); else line=$(sha256sum); fi
  echo "sum \${line%% *}"
}
file=$1; shift
restic_run "$@" | dd bs=1M iflag=fullblock status=progress | tee --output-error=exit -- "$file" | digest
`;

/**
 * Where each point of a chain has the file of a disk.
 * @throws DriverError naming the point that is missing or does not belong
 */
export async function locateChain(
  datastore: ResticDatastore,
  place: ResticPlace,
  snapshots: readonly Snapshot[] | null,
  url: Pick<BackupUrl, "vmId" | "diskId" | "jobId"> & { chain: readonly ChainPoint[] },
  options: ResticOptions,
): Promise<StoredDisk[]> {
  const folder = repositoryPath(datastore, url);
  if (snapshots === null) throw new DriverError(`The repository ${folder} is not there.`);
  const disks: StoredDisk[] = [];
  for (const { incrementId, backupId } of url.chain) {
    const snapshot = snapshotOf(snapshots, backupId);
    if (snapshot === undefined) {
      throw new DriverError(`The stored backup ${backupId} of VM ${url.vmId} is missing in ${folder}.`);
    }
    const name = `disk.${url.diskId}.${incrementId}`;
    const path = pathIn(snapshot, name);
    if (path === undefined) throw new DriverError(`Backup ${backupId} in ${folder} does not hold ${name}.`);
    const manifest = await readManifestOf(datastore, place, snapshot, options);
    if (manifest === null) {
      disks.push({ backupId, snapshot, path, known: null });
      continue;
    }
    const disk = manifest.disks.find((each) => each.file === name);
    const isItsOwn = manifest.backupId === backupId && manifest.vmId === url.vmId;
    if (!isItsOwn || disk === undefined || manifest.incrementId !== incrementId) {
      throw new DriverError(`The manifest of backup ${backupId} in ${folder} belongs to another backup.`);
    }
    disks.push({ backupId, snapshot, path, known: disk });
  }
  return disks;
}

/** Refuse before the first byte when the folder could not hold the files. Those without a manifest count nothing. */
export function requireSpace(scratch: Scratch, disks: readonly StoredDisk[], extraBytes = 0): void {
  const need = disks.reduce((sum, disk) => sum + (disk.known?.bytes ?? 0), extraBytes);
  if (scratch.free >= need) return;
  throw new DriverError(
    `${scratch.dir.slice(0, scratch.dir.lastIndexOf("/"))} has not enough space to put the disk together: ${toMib(need)} MiB needed, ${toMib(scratch.free)} MiB free. Set RESTIC_TMP_DIR to a folder with more.`,
  );
}

/**
 * Write one file of a snapshot.
 * @param onProgress bytes of this file
 * @returns its SHA-256
 * @throws DriverError when it is not what was stored
 */
export async function extractFile(
  datastore: ResticDatastore,
  place: ResticPlace,
  disk: StoredDisk,
  target: string,
  options: ResticOptions,
  onProgress: (done: number) => void,
): Promise<string> {
  const words = [...bandwidthWords(datastore), ...connectionWords(datastore), "dump", disk.snapshot.id, disk.path];
  const result = await tryResticScript(datastore, place, EXTRACT, [target, ...words], {
    ...options,
    onStderrLine: (line) => {
      const read = /^(\d+) bytes? /.exec(line)?.[1];
      if (read !== undefined) onProgress(Number(read));
    },
  });
  const what = `read ${disk.path} of snapshot ${shortId(disk.snapshot)}`;
  if (!result.ok) throw new DriverError(explainRestic(result, place, what));
  const hash = /^sum ([0-9a-f]{64})$/m.exec(result.stdout)?.[1];
  if (hash === undefined) throw new DriverError(`No checksum of ${disk.path} could be computed.`);
  if (disk.known !== null && disk.known.sha256 !== hash) {
    throw new DriverError(
      `The stored file ${disk.path} of backup ${disk.backupId} does not have the checksum it was stored with: it is damaged. Points that need it cannot be restored; take a full backup in a new chain.`,
    );
  }
  return hash;
}

/** Only when it is not restic's default, as upstream. */
export function connectionWords({ connections }: ResticDatastore): string[] {
  return connections === null || connections === 5 ? [] : [`--option=sftp.connections=${connections}`];
}

/** $1 bytes, then files: length and first bytes as base64 a line. */
const HEADS = `
set -eu
head=$1; shift
for file in "$@"; do printf '%s %s\\n' "$(stat -c %s -- "$file")" "$(head -c "$head" -- "$file" | base64 -w 0)"; done
`;
const MAX_HEADS_OUTPUT = 16 * 1024 * 1024;

/**
 * Check the headers of extracted files, oldest first, before any qemu tool sees them.
 * @param isWhole the first file is that of a full
 * @returns guest-visible bytes of the last
 * @throws DriverError naming the file
 */
export async function checkHeaders(
  scratch: Scratch,
  files: readonly string[],
  signal: AbortSignal,
  isWhole = true,
): Promise<number> {
  const args = [String(QCOW2_PROBE_BYTES), ...files];
  const output = await runScript(scratch.machine, scratch.role, "read the extracted files", HEADS, args, {
    signal,
    maxOutputBytes: MAX_HEADS_OUTPUT,
  });
  const lines = output.split("\n");
  const sizes = files.map((file, index) => {
    const parsed = parseQcow2Header(Buffer.from(lines[index]?.split(" ")[1] ?? "", "base64"));
    if (!parsed.ok) throw new DriverError(`The stored file ${file} is refused: ${parsed.reason}.`);
    const problem = chainFileProblem(parsed.header, index === 0 && isWhole ? null : []);
    if (problem !== null) throw new DriverError(`The stored file ${file} is refused: ${problem}.`);
    return parsed.header.virtualSize;
  });
  return sizes.at(-1) ?? 0;
}
