/** The points of a chain merged into one snapshot: out of the repository, `qemu-img commit`, back into it. */
import type { Manifest } from "../../../domain/backup";
import { DriverError, type DriverLog, throwIfCancelled } from "../../action";
import { runGuarded, runScript } from "../../remote";
import type { ChainPoint } from "../rsync/url";
import { checkHeaders, extractFile, locateChain, requireSpace, type StoredDisk } from "./extract";
import { syncRepository } from "./open";
import type { ResticPlace } from "./place";
import type { RepositoryOwner, ResticDatastore } from "./repository";
import type { ResticOptions } from "./restic";
import { type Scratch, withScratch } from "./scratch";
import { diskPaths, MERGED_TAG, pathIn, readManifestOf, type Snapshot } from "./snapshots";
import { hashOf, writeManifest } from "./source";
import { storeSnapshot } from "./store";

export interface MergePointsInput {
  datastore: ResticDatastore;
  place: ResticPlace;
  owner: RepositoryOwner;
  snapshots: readonly Snapshot[];
  /** Oldest first, two or more; the last keeps its ids. */
  points: readonly ChainPoint[];
  /** Snapshot of the last. */
  stored: Snapshot;
  options: ResticOptions;
  log: DriverLog;
  signal: AbortSignal;
}

/**
 * $1 folder, then the copies of a disk's files, oldest first. The copies are private, so they may name each other. With
 * -d the newest keeps its data, and both ends of the chain must read the same afterwards.
 */
const COMMIT = `
set -eu
cd -- "$1"; shift
base=$1
previous=$1
for file in "\${@:2}"; do
  qemu-img rebase -q -u -f qcow2 -F qcow2 -b "$previous" -- "$file"
  previous=$file
done
qemu-img commit -q -d -f qcow2 -b "$base" -- "$previous"
qemu-img check -q -f qcow2 -- "$base"
qemu-img compare -q -f qcow2 -F qcow2 -- "$base" "$previous"
shift
rm -f -- "$@"
`;

/** $1 folder to make, then pairs of a file there and its new name in the folder. */
const ARRANGE = `
set -eu
umask 077
mkdir -p -- "$1"
folder=$1; shift
while [ "$#" -gt 0 ]; do mv -T -- "$1" "$folder/$2"; stat -c %s -- "$folder/$2"; shift 2; done
`;

/**
 * Make the snapshot; the stored ones stay.
 * @returns the manifest of the merged point
 * @throws DriverError; then there is no merged snapshot
 */
export async function mergePoints(input: MergePointsInput): Promise<Manifest> {
  const { datastore, place, owner, snapshots, points, stored, options, signal } = input;
  const { vmId } = owner;
  const chains: { diskId: number; files: StoredDisk[] }[] = [];
  for (const diskId of [...diskPaths(stored).keys()].sort((a, b) => a - b)) {
    const url = { ...owner, diskId, chain: points };
    chains.push({ diskId, files: await locateChain(datastore, place, snapshots, url, options) });
  }
  return await withScratch(place.machine, place.role, datastore.tmpDir, signal, async (scratch) => {
    const all = chains.flatMap((chain) => chain.files);
    // The oldest files can grow by all that is merged into them.
    const growth = chains.flatMap((chain) => chain.files.slice(1)).reduce((sum, file) => sum + bytesOf(file), 0);
    requireSpace(scratch, all, growth);
    const bar = createBar(
      input.log,
      all.reduce((sum, file) => sum + bytesOf(file), 0),
    );
    const disks: { diskId: number; base: string; virtualSize: number }[] = [];
    for (const { diskId, files } of chains) {
      disks.push({ diskId, ...(await mergeDisk(input, scratch, diskId, files, bar)) });
    }
    const folder = `${scratch.dir}/${vmId}/backup`;
    const last = points.at(-1);
    if (last === undefined) throw new DriverError("The chain has no point.");
    const vmXml = await extractVmXml(input, scratch);
    const names = disks.map(({ diskId, base }) => ({ from: base, name: `disk.${diskId}.${last.incrementId}` }));
    const moves = [...names, { from: vmXml.path, name: "vm.xml" }];
    const sizes = await runScript(
      scratch.machine,
      scratch.role,
      `arrange ${folder}`,
      ARRANGE,
      [folder, ...moves.flatMap(({ from, name }) => [from, name])],
      { signal },
    );
    const files = moves.map(({ name }, index) => ({ name, bytes: Number(sizes.split("\n")[index]) }));
    const hashes = await Promise.all(
      names.map(async ({ name }) => await hashOf(scratch.machine, scratch.role, `${folder}/${name}`, signal)),
    );
    const before = await readManifestOf(datastore, place, stored, options);
    const manifest: Manifest = {
      version: 1,
      vmId,
      backupId: last.backupId,
      incrementId: last.incrementId,
      type: "FULL",
      parentId: -1,
      createdAt: before?.createdAt ?? new Date(stored.time).toISOString(),
      tool: "strata restic driver",
      vmXmlSha256: vmXml.sha256,
      disks: disks.map(({ diskId, virtualSize }, index) => ({
        id: diskId,
        file: names[index]?.name ?? "",
        bytes: files[index]?.bytes ?? 0,
        sha256: hashes[index] ?? "",
        virtualSize,
        bitmap: before?.disks.find((disk) => disk.id === diskId)?.bitmap ?? null,
      })),
    };
    await writeManifest(scratch.machine, scratch.role, folder, manifest, signal);
    throwIfCancelled(signal);
    await storeSnapshot({
      ...{ datastore, place, folder, files, options },
      plan: { vmId, backupId: last.backupId },
      tags: [MERGED_TAG],
      at: new Date(stored.time),
      onProgress: bar.stored,
    });
    await syncRepository(datastore, owner, signal);
    return manifest;
  });
}

/** The files of a disk into the folder, and all of them into the oldest. */
async function mergeDisk(
  { datastore, place, options, signal }: MergePointsInput,
  scratch: Scratch,
  diskId: number,
  files: readonly StoredDisk[],
  bar: Bar,
): Promise<{ base: string; virtualSize: number }> {
  const names = files.map((_file, index) => `${diskId}-${index}.qcow2`);
  for (const [index, file] of files.entries()) {
    await extractFile(datastore, place, file, `${scratch.dir}/${names[index] ?? ""}`, options, bar.extracted);
    bar.next(bytesOf(file));
  }
  const paths = names.map((name) => `${scratch.dir}/${name}`);
  const virtualSize = await checkHeaders(scratch, paths, signal);
  const what = `merge ${files.length} points of disk ${diskId}`;
  await runGuarded(scratch.machine, scratch.role, what, COMMIT, [scratch.dir, ...names], { signal });
  return { base: paths[0] ?? "", virtualSize };
}

async function extractVmXml(
  { datastore, place, stored, points, options }: MergePointsInput,
  scratch: Scratch,
): Promise<{ path: string; sha256: string }> {
  const inSnapshot = pathIn(stored, "vm.xml");
  const backupId = points.at(-1)?.backupId ?? "";
  if (inSnapshot === undefined) throw new DriverError(`Backup ${backupId} does not hold vm.xml.`);
  const path = `${scratch.dir}/vm.xml`;
  const file: StoredDisk = { backupId, snapshot: stored, path: inSnapshot, known: null };
  return { path, sha256: await extractFile(datastore, place, file, path, options, () => undefined) };
}

function bytesOf(file: StoredDisk): number {
  return file.known?.bytes ?? 0;
}

interface Bar {
  /** Bytes of the file that is being extracted. */
  extracted(done: number): void;
  /** It is extracted. */
  next(bytes: number): void;
  /** Bytes stored again. */
  stored(done: number): void;
}

/** Reading counts as much as storing: what is stored is not known before it is merged, and not more than what was read. */
function createBar(log: DriverLog, toRead: number): Bar {
  let before = 0;
  return {
    extracted: (done) => log.progress(Math.min(before + done, toRead), 2 * toRead),
    next: (bytes) => {
      before += bytes;
    },
    stored: (done) => log.progress(toRead + Math.min(done, toRead), 2 * toRead),
  };
}
