/** Reading what a repository holds. Its content is hostile input: bounded, parsed by schema, never followed by name. */
import { Manifest } from "../../../domain/backup";
import { DriverError } from "../../action";
import { nameOf } from "../../remote";
import { parseXml } from "../../xml";
import { type Repository, toMib } from "./repository";
import { runInRepository } from "./run-in-repository";
import { type ChainPoint, diskPath, lastPoint, parseBackupUrl, pointDir } from "./url";

const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Base64 of a 4 MiB document, with line breaks. */
export const MAX_VM_XML_BYTES = 6 * 1024 * 1024;

/** Payload of a point: vm.xml, disks, and what a driver of another origin adds (`disk.tpm.0`). */
export const STORED_FILE = /^(vm\.xml|disk\.[a-z0-9]{1,16}\.\d{1,9})$/;
/** A disk file: `disk.<disk id>.<increment id>`. */
export const DISK_FILE = /^disk\.(\d{1,6})\.(\d{1,9})$/;

export interface StoredPoint {
  /** Null: written by another program. */
  manifest: Manifest | null;
  /** The files that STORED_FILE names, with their lengths. */
  files: { name: string; bytes: number }[];
}

const LIST_POINT = `
set -eu
if [ ! -d "$1" ] || [ -L "$1" ]; then echo missing; exit 0; fi
cd -- "$1"
echo found
if [ -f manifest.json ] && [ ! -L manifest.json ]; then head -c "$2" manifest.json | base64 -w 0; echo; else echo -; fi
for file in vm.xml disk.*; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then stat -c '%s %n' -- "$file"; fi
done
`;

/**
 * Manifest and files of a point.
 * @throws DriverError when the folder is missing or the manifest cannot be understood
 */
export async function readPoint(
  repository: Repository,
  vmId: number,
  point: ChainPoint,
  signal: AbortSignal,
): Promise<StoredPoint> {
  const stored = await findPoint(repository, vmId, point.backupId, signal);
  if (stored !== null) return stored;
  const dir = pointDir(repository.basePath, vmId, point.backupId);
  throw new DriverError(`The stored backup ${dir} is missing on ${nameOf(repository.server, "backup server")}.`);
}

/** The same, null when the folder is missing. */
export async function findPoint(
  repository: Repository,
  vmId: number,
  backupId: string,
  signal: AbortSignal,
): Promise<StoredPoint | null> {
  const listed = await listPoint(repository, vmId, backupId, signal);
  if (listed === null) return null;
  const { manifest, files } = listed;
  return {
    manifest: manifest === null ? null : decodeManifest(manifest, pointDir(repository.basePath, vmId, backupId)),
    files,
  };
}

/** What is in the folder of a point, the manifest as base64; null when the folder is missing. */
export async function listPoint(
  repository: Repository,
  vmId: number,
  backupId: string,
  signal: AbortSignal,
): Promise<{ manifest: string | null; files: StoredPoint["files"] } | null> {
  const dir = pointDir(repository.basePath, vmId, backupId);
  const args = [dir, String(MAX_MANIFEST_BYTES)];
  const output = await runInRepository(repository, `read ${dir}`, LIST_POINT, args, {
    signal,
    maxOutputBytes: 4 * MAX_MANIFEST_BYTES,
  });
  const [state, manifest = "-", ...files] = output.trimEnd().split("\n");
  if (state !== "found") return null;
  return {
    manifest: manifest === "-" ? null : manifest,
    files: files.flatMap((line) => {
      const [, bytes = "", name = ""] = /^(\d+) (\S+)$/.exec(line) ?? [];
      return STORED_FILE.test(name) ? [{ name, bytes: Number(bytes) }] : [];
    }),
  };
}

/** A manifest as base64; a version or shape we do not know stops the action rather than being guessed at. */
export function decodeManifest(base64: string, dir: string): Manifest {
  const manifest = readManifest(base64);
  if (typeof manifest === "string") throw new DriverError(`${dir}/manifest.json is damaged: ${manifest}`);
  return manifest;
}

/** The same, with what is wrong with it as the answer. */
export function readManifest(base64: string): Manifest | string {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return "it is not JSON.";
  }
  const parsed = Manifest.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`;
}

const READ_VM_XML = `
set -eu
if [ -f "$1" ] && [ ! -L "$1" ]; then head -c "$2" -- "$1"; fi
`;

/** Size in MiB that a stored vm.xml gives a disk; null when it does not say. */
export function sizeInVmXml(text: string, diskId: number): number | null {
  if (text.trim() === "") return null;
  // Some programs store it as plain XML.
  const xml = text.trimStart().startsWith("<") ? text : Buffer.from(text, "base64").toString("utf8");
  const size = parseXml(xml)
    .all("TEMPLATE/DISK")
    .find((disk) => disk.text("DISK_ID") === String(diskId))
    ?.text("SIZE");
  return size !== undefined && /^\d{1,12}$/.test(size) ? Number(size) : null;
}

/** Size in MiB that vm.xml of a point gives a disk; null when there is no vm.xml or it does not say. */
async function sizeFromVmXml(
  repository: Repository,
  dir: string,
  diskId: number,
  signal: AbortSignal,
): Promise<number | null> {
  const text = await runInRepository(
    repository,
    `read ${dir}/vm.xml`,
    READ_VM_XML,
    [`${dir}/vm.xml`, String(MAX_VM_XML_BYTES)],
    { signal, maxOutputBytes: MAX_VM_XML_BYTES },
  );
  return sizeInVmXml(text, diskId);
}

/**
 * Size in MiB of the disk that a backup URL names, as the VM had it at that point: vm.xml of the last point, else its
 * manifest.
 */
export async function statBackupUrl(repository: Repository, urlText: string, signal: AbortSignal): Promise<number> {
  const url = parseBackupUrl(urlText, repository);
  const point = lastPoint(url);
  const dir = pointDir(repository.basePath, url.vmId, point.backupId);
  const stored = await readPoint(repository, url.vmId, point, signal);
  const fromXml = await sizeFromVmXml(repository, dir, url.diskId, signal);
  if (fromXml !== null) return fromXml;
  const fromManifest = stored.manifest?.disks.find((disk) => disk.id === url.diskId);
  if (fromManifest !== undefined) return toMib(fromManifest.virtualSize);
  throw new DriverError(`The size of ${diskPath(repository.basePath, url, point)} is in neither vm.xml nor manifest.`);
}
