/** The steps of `increment_flatten` that move disk bytes, each repeatable. */
import type { Manifest } from "../../../domain/backup";
import { DriverError, type DriverLog } from "../../action";
import { type ChainFile, chainNode } from "../../downloader/chain";
import type { FlattenJournal } from "./flatten-journal";
import type { Repository } from "./repository";
import { runGuardedInRepository } from "./run-in-repository";
import { pointDir } from "./url";

/**
 * $1 oldest file, $2 the chain from the point that becomes the full down to it, $3 throw-away overlay, $4 size in bytes.
 * Only the overlay and the oldest file are opened for writing. Leaked clusters are what a killed commit leaves.
 */
const COMMIT = `
set -eu
umask 077
rm -f -- "$3"
trap 'rm -f -- "$3"' EXIT
qemu-img create -q -f qcow2 -- "$3" "$4"
qemu-img commit -p -d -b "$1" -- "$2"
code=0; qemu-img check -q -f qcow2 -r leaks -- "$1" >&2 || code=$?
if [ "$code" -ne 0 ]; then echo "qemu-img check of $1 found damage (code $code)" >&2; exit 1; fi
sync -- "$1"
`;

/** $1 oldest file, $2 it as a node, $3 the chain on top of it. Answers length and checksum of the file. */
const VERIFY = `
set -eu -o pipefail
if ! qemu-img compare -q -- "$2" "$3" >&2; then echo "$1 does not hold what the chain holds" >&2; exit 1; fi
digest() { if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi; }
line=$(dd if="$1" bs=1M status=progress | digest)
echo "file $(stat -c %s -- "$1") \${line%% *}"
`;

export interface MergedFile {
  bytes: number;
  sha256: string;
}

export interface MergeInput {
  repository: Repository;
  vmId: number;
  imageId: number;
  /** One disk's files from the oldest point to the one that becomes the full. */
  files: readonly ChainFile[];
  signal: AbortSignal;
  log: DriverLog;
}

/**
 * Merge the later files into the oldest one. Whatever is written there, the later files cover: a reader of a point that
 * stays sees no difference, before, during and after.
 * @param onProgress from 0 to 1
 */
export async function mergeDisk(input: MergeInput, onProgress: (part: number) => void): Promise<void> {
  const { repository, files, signal, log } = input;
  const { base, top } = endsOf(files);
  const overlay = `${repository.basePath}/${input.vmId}/.flatten-${input.imageId}.overlay`;
  const node = {
    driver: "qcow2",
    file: { driver: "file", filename: overlay },
    backing: chainNode(files, { writableBase: true }),
  };
  await runGuardedInRepository(
    repository,
    `merge ${top.path} into ${base.path}`,
    COMMIT,
    [base.path, `json:${JSON.stringify(node)}`, overlay, String(top.virtualSize)],
    {
      signal,
      log,
      onStdoutLine: (line) => {
        const percent = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line)?.[1];
        if (percent !== undefined) onProgress(Math.min(1, Number(percent) / 100));
      },
    },
  );
}

/**
 * Compare the merged file with the chain, byte by byte as a guest sees them, and hash it.
 * @param onProgress bytes hashed
 * @throws DriverError when they differ
 */
export async function verifyMerged(input: MergeInput, onProgress: (bytes: number) => void): Promise<MergedFile> {
  const { repository, files, signal, log } = input;
  const { base } = endsOf(files);
  const nodes = [chainNode([base]), chainNode(files)].map((node) => `json:${JSON.stringify(node)}`);
  const output = await runGuardedInRepository(
    repository,
    `check the merged ${base.path}`,
    VERIFY,
    [base.path, ...nodes],
    {
      signal,
      log,
      onStderrLine: (line) => {
        const bytes = /^(\d+) bytes? /.exec(line)?.[1];
        if (bytes !== undefined) onProgress(Number(bytes));
      },
    },
  );
  const [, bytes, sha256] = /^file (\d+) ([0-9a-f]{64})$/m.exec(output) ?? [];
  if (bytes === undefined || sha256 === undefined) {
    throw new DriverError(`No checksum of ${base.path} could be computed.`);
  }
  return { bytes: Number(bytes), sha256 };
}

function endsOf(files: readonly ChainFile[]): { base: ChainFile; top: ChainFile } {
  const base = files[0];
  const top = files.at(-1);
  if (base === undefined || top === undefined) throw new DriverError("The chain has no point.");
  return { base, top };
}

/**
 * $1 folder of the VM, $2 folder of the oldest point, $3 folder of the new full, then old and new name of each file.
 * A file system without hard links gets a copy. rename(2) does nothing between two names of one file, hence -ef.
 */
const PLACE = `
set -eu
umask 077
cd -- "$1"; old=$2; new=$3; shift 3
while [ "$#" -gt 0 ]; do
  from="./$old/$1"; to="./$new/$2"; shift 2
  if [ -e "$from" ] && [ ! "$from" -ef "$to" ]; then
    rm -f -- "$to.merged"
    ln -P -- "$from" "$to.merged" 2>/dev/null || cp --reflink=auto --sparse=always -- "$from" "$to.merged"
    sync -- "$to.merged"
    mv -fT -- "$to.merged" "$to"
  fi
done
sync "./$new"
`;

/** Give the merged files the names of the new full. Its increment goes; what it held is in them. */
export async function placeMerged(
  repository: Repository,
  journal: FlattenJournal,
  signal: AbortSignal,
  log: DriverLog,
): Promise<void> {
  const { vmId, merged, result, diskIds } = journal;
  const base = merged[0];
  if (base === undefined) throw new DriverError("The journal names no point.");
  const names = diskIds.flatMap((id) => [`disk.${id}.${base.incrementId}`, `disk.${id}.${result.incrementId}`]);
  await runGuardedInRepository(
    repository,
    `place the merged backup ${result.backupId}`,
    PLACE,
    [`${repository.basePath}/${vmId}`, base.backupId, result.backupId, ...names],
    { signal, log },
  );
}

/** The manifest of the new full, from that of its increment. */
export function mergedManifest(
  old: Manifest,
  files: ReadonlyMap<number, MergedFile>,
  dir = pointDir("", old.vmId, old.backupId),
): Manifest {
  const { isMerging: _, ...rest } = old;
  return {
    ...rest,
    type: "FULL",
    parentId: -1,
    disks: old.disks.map((disk) => {
      const file = files.get(disk.id);
      if (file === undefined) throw new DriverError(`Disk ${disk.id} of ${dir} was not merged.`);
      return { ...disk, ...file };
    }),
  };
}
