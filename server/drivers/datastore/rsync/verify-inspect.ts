/** What lies in the folders of a chain's points, compared with their manifests. Nothing here reads a whole disk. */
import { parseQcow2Header, QCOW2_PROBE_BYTES } from "../../../domain/qcow2-header";
import { chainFileProblem } from "../../chain-file";
import { namesOf } from "../../downloader/chain";
import type { Repository } from "./repository";
import { runInRepository } from "./run-in-repository";
import { DISK_FILE, readManifest, STORED_FILE } from "./stored";
import { type ChainPoint, pointDir } from "./url";
import { inBatches } from "./verify-batches";

export interface InspectedFile {
  name: string;
  path: string;
  bytes: number;
  /** Id of the disk; null for vm.xml and for files that are no disks. */
  diskId: number | null;
  /** From the manifest of its point; null: none there. */
  sha256: string | null;
}

export interface InspectedPoint extends ChainPoint {
  dir: string;
  /** The first thing that is wrong; null: nothing so far. */
  problem: string | null;
  files: InspectedFile[];
  hasManifest: boolean;
}

/**
 * $1 = bytes of a header, $2 = most bytes of a manifest, then folders. For each folder a line `point` or `missing`, then
 * its manifest and its files. Names that no backup has are left out: a line break in one must not forge a line.
 */
const INSPECT = `
set -u
head=$1; most=$2; shift 2
for dir in "$@"; do
  if [ ! -d "$dir" ] || [ -L "$dir" ]; then echo missing; continue; fi
  if ! cd -- "$dir"; then echo unreadable; continue; fi
  echo point
  if [ -f manifest.json ] && [ ! -L manifest.json ]; then
    printf 'manifest '; head -c "$most" -- manifest.json | base64 -w 0; echo
  fi
  for file in vm.xml disk.*; do
    [[ $file =~ ^(vm\\.xml|disk\\.[a-z0-9]{1,16}\\.[0-9]{1,9})$ ]] || continue
    if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
    printf 'file %s %s ' "$(stat -c %s -- "$file")" "$file"; head -c "$head" -- "$file" | base64 -w 0; echo
  done
done
`;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Of one call: with 256 disks each, their headers still fit into MAX_OUTPUT. */
const MAX_POINTS = 40;

/**
 * Every point of the chain, oldest first.
 * @throws DriverError when the server cannot be asked, which says nothing about the points
 */
export async function inspectPoints(
  repository: Repository,
  vmId: number,
  chain: readonly ChainPoint[],
  signal: AbortSignal,
): Promise<InspectedPoint[]> {
  const dirs = chain.map((point) => pointDir(repository.basePath, vmId, point.backupId));
  const blocks: string[][] = [];
  for (const batch of inBatches(dirs, MAX_POINTS)) {
    const args = [String(QCOW2_PROBE_BYTES), String(MAX_MANIFEST_BYTES), ...batch];
    const what = `look into ${batch.length} points of VM ${vmId}`;
    const output = await runInRepository(repository, what, INSPECT, args, { signal, maxOutputBytes: MAX_OUTPUT });
    blocks.push(...blocksOf(output));
  }
  const seen: InspectedPoint[] = [];
  for (const [index, point] of chain.entries()) {
    seen.push(inspectPoint(vmId, point, dirs[index] ?? "", blocks[index] ?? ["unreadable"], seen));
  }
  return seen;
}

/** Lines of each point, its state first. */
function blocksOf(output: string): string[][] {
  const blocks: string[][] = [];
  for (const line of output.split("\n")) {
    if (line === "point" || line === "missing" || line === "unreadable") blocks.push([line]);
    else if (line !== "") blocks.at(-1)?.push(line);
  }
  return blocks;
}

function inspectPoint(
  vmId: number,
  point: ChainPoint,
  dir: string,
  [state = "", ...lines]: string[],
  before: readonly InspectedPoint[],
): InspectedPoint {
  const none = { ...point, dir, files: [], hasManifest: false };
  if (state === "missing") return { ...none, problem: `The folder ${dir} is missing.` };
  if (state !== "point") return { ...none, problem: `The folder ${dir} cannot be read.` };
  const manifestText = lines.find((line) => line.startsWith("manifest "))?.slice("manifest ".length) ?? null;
  const manifest = manifestText === null ? null : readManifest(manifestText);
  if (typeof manifest === "string") {
    return { ...none, hasManifest: true, problem: `${dir}/manifest.json is damaged: ${manifest}` };
  }
  const isOurs =
    manifest === null ||
    (manifest.vmId === vmId && manifest.backupId === point.backupId && manifest.incrementId === point.incrementId);
  if (!isOurs) return { ...none, hasManifest: true, problem: `${dir}/manifest.json belongs to another backup.` };

  let problem: string | null = null;
  const files = lines.flatMap((line): InspectedFile[] => {
    const [kind, bytes = "", name = "", head = ""] = line.split(" ");
    if (kind !== "file" || !/^\d+$/.test(bytes) || !STORED_FILE.test(name)) return [];
    const [, diskText, incrementText] = DISK_FILE.exec(name) ?? [];
    const diskId = diskText === undefined ? null : Number(diskText);
    const listed = manifest?.disks.find((disk) => disk.file === name);
    // What a manifest does not list is no part of the backup.
    if (manifest !== null && listed === undefined && name !== "vm.xml") return [];
    const path = `${dir}/${name}`;
    if (diskId !== null) problem ??= diskProblem({ path, name, head, diskId, incrementText }, point, before);
    // A manifest that says so cannot be compared: later points are being merged into these files.
    const isMerging = manifest?.isMerging === true && diskId !== null;
    if (listed !== undefined && !isMerging && listed.bytes !== Number(bytes)) {
      problem ??= `${name} has ${bytes} bytes; ${listed.bytes} were stored.`;
    }
    const sha256 = name === "vm.xml" ? (manifest?.vmXmlSha256 ?? null) : isMerging ? null : (listed?.sha256 ?? null);
    return [{ name, path, bytes: Number(bytes), diskId, sha256 }];
  });
  const gone = ["vm.xml", ...(manifest?.disks.map((disk) => disk.file) ?? [])].find(
    (name) => !files.some((file) => file.name === name),
  );
  if (gone !== undefined) problem ??= `${dir}/${gone} is missing.`;
  if (!files.some((file) => file.diskId !== null)) problem ??= `${dir} holds no disk.`;
  return { ...point, dir, problem, files, hasManifest: manifest !== null && manifest.isMerging !== true };
}

/** Why a disk file must not be given to a qemu tool, or is not of this point. */
function diskProblem(
  file: { path: string; name: string; head: string; diskId: number; incrementText: string | undefined },
  point: ChainPoint,
  before: readonly InspectedPoint[],
): string | null {
  if (Number(file.incrementText) !== point.incrementId) return `${file.name} is not a file of this point.`;
  const parsed = parseQcow2Header(Buffer.from(file.head, "base64"));
  if (!parsed.ok) return `${file.name} is not a usable disk: ${parsed.reason}.`;
  const previous = before.at(-1);
  const names =
    previous === undefined ? null : namesOf(`${previous.dir}/disk.${file.diskId}.${previous.incrementId}`, file.path);
  const problem = chainFileProblem(parsed.header, names);
  return problem === null ? null : `${file.name} is refused: ${problem}.`;
}
