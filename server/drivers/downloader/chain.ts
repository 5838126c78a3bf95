/** The stored files that make up one disk at a restore point, checked before any qemu tool sees them. */
import path from "node:path";
import { parseQcow2Header, QCOW2_PROBE_BYTES } from "../../domain/qcow2-header";
import { quote } from "../../lib/ssh";
import { DriverError } from "../action";
import { chainFileProblem } from "../chain-file";
import { normalisePath, type Repository } from "../datastore/rsync/repository";
import { runInRepository } from "../datastore/rsync/run-in-repository";
import { decodeManifest } from "../datastore/rsync/stored";
import { type BackupUrl, diskPath, pointDir } from "../datastore/rsync/url";
import { nameOf } from "../remote";

export interface ChainFile {
  path: string;
  /** Length of the stored file, bytes. */
  bytes: number;
  virtualSize: number;
  /** The point it belongs to. */
  backupId: string;
  /** From the manifest of its point; null: written by another program, which has none. */
  sha256: string | null;
}

/** qemu opens all files of a chain at once, and gets their names in one word of a command line. */
export const MAX_RESTORED_POINTS = 250;
/** The kernel takes 128 KiB a word; behind ssh the fixed scripts are in the same one. */
const MAX_WORD_BYTES = 112 * 1024;

/** $1 = bytes of the header, $2 = most bytes of a manifest, then files; three words a file: length, header, manifest. */
const INSPECT = `
set -eu
head=$1; most=$2; shift 2
for file in "$@"; do
  if [ ! -f "$file" ] || [ -L "$file" ]; then echo "missing - -"; continue; fi
  manifest="\${file%/*}/manifest.json"
  printf '%s %s ' "$(stat -c %s -- "$file")" "$(head -c "$head" -- "$file" | base64 -w 0)"
  if [ -f "$manifest" ] && [ ! -L "$manifest" ]; then head -c "$most" -- "$manifest" | base64 -w 0; else printf -- -; fi
  echo
done
`;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_INSPECT_OUTPUT = 64 * 1024 * 1024;

/**
 * The chain's files, oldest first.
 * @throws DriverError naming the file that is missing, cut, foreign or dangerous
 */
export async function inspectChain(
  repository: Repository,
  url: BackupUrl,
  signal: AbortSignal,
): Promise<[ChainFile, ...ChainFile[]]> {
  if (url.chain.length > MAX_RESTORED_POINTS) {
    throw new DriverError(
      `The chain has ${url.chain.length} points up to this one; a restore can read ${MAX_RESTORED_POINTS}. Restore an earlier point.`,
    );
  }
  const paths = url.chain.map((point) => diskPath(repository.basePath, url, point));
  const output = await runInRepository(
    repository,
    `read the chain of disk ${url.diskId} of VM ${url.vmId}`,
    INSPECT,
    [String(QCOW2_PROBE_BYTES), String(MAX_MANIFEST_BYTES), ...paths],
    { signal, maxOutputBytes: MAX_INSPECT_OUTPUT },
  );
  const lines = output.split("\n");
  const files = url.chain.map((point, index): ChainFile => {
    const file = paths[index] ?? "";
    const [bytes = "missing", head = "", manifest = "-"] = (lines[index] ?? "").split(" ");
    if (!/^\d+$/.test(bytes)) {
      throw new DriverError(`The stored file ${file} is missing on ${nameOf(repository.server, "backup server")}.`);
    }
    const sha256 = checkManifest(
      manifest,
      pointDir(repository.basePath, url.vmId, point.backupId),
      file,
      Number(bytes),
      url,
      point,
    );
    const parsed = parseQcow2Header(Buffer.from(head, "base64"));
    if (!parsed.ok) throw new DriverError(`The stored file ${file} is refused: ${parsed.reason}.`);
    const before = paths[index - 1];
    const problem = chainFileProblem(parsed.header, before === undefined ? null : namesOf(before, file));
    if (problem !== null) throw new DriverError(`The stored file ${file} is refused: ${problem}.`);
    const { virtualSize } = parsed.header;
    return { path: file, bytes: Number(bytes), virtualSize, backupId: point.backupId, sha256 };
  });
  const [first, ...others] = files;
  if (first === undefined) throw new DriverError("The chain has no point.");
  return [first, ...others];
}

/** How a file next to `file`'s folder can name the one before it, when upstream has rebased the repository. */
export function namesOf(before: string, file: string): string[] {
  const relative = path.posix.relative(path.posix.dirname(file), before);
  return [before, normalisePath(before), relative, `./${relative}`];
}

/**
 * A point without manifest comes from another program; with one, it must describe the very file that is there.
 * @returns its checksum there, null without manifest and while points are being merged into it
 */
function checkManifest(
  base64: string,
  dir: string,
  file: string,
  bytes: number,
  url: BackupUrl,
  point: { incrementId: number; backupId: string },
): string | null {
  if (base64 === "-") return null;
  const manifest = decodeManifest(base64, dir);
  if (
    manifest.backupId !== point.backupId ||
    manifest.vmId !== url.vmId ||
    manifest.incrementId !== point.incrementId
  ) {
    throw new DriverError(`${dir}/manifest.json belongs to another backup.`);
  }
  const disk = manifest.disks.find((each) => each.id === url.diskId);
  if (disk === undefined) throw new DriverError(`${dir}/manifest.json does not list disk ${url.diskId}.`);
  // Whatever is being merged into it, the later points of the chain cover.
  if (manifest.isMerging === true) return null;
  if (disk.bytes !== bytes) {
    throw new DriverError(`The stored file ${file} is damaged: it has ${bytes} bytes instead of ${disk.bytes}.`);
  }
  return disk.sha256;
}

/**
 * The chain as one block device for qemu: every backing file is named here, so no name inside a stored file is ever
 * followed, and nothing is rebased.
 * @param options.writableBase for a commit, which writes into the oldest file
 * @throws DriverError when the names are too long for a command
 */
export function chainNode(
  files: readonly Pick<ChainFile, "path">[],
  options: { writableBase?: boolean } = {},
): object | null {
  let backing: object | null = null;
  for (const file of files) {
    const isWritable: boolean = backing === null && options.writableBase === true;
    const readOnly: object = isWritable ? {} : { "read-only": true };
    backing = { driver: "qcow2", file: { driver: "file", filename: file.path, ...readOnly }, backing };
  }
  if (Buffer.byteLength(quote(`json:${JSON.stringify(backing)}`)) > MAX_WORD_BYTES) {
    throw new DriverError("The names of the chain's files are too long together. Restore an earlier point.");
  }
  return backing;
}
