/** What is in a repository: its snapshots, by our ids. Its content is hostile input: bounded and parsed by schema. */
import { z } from "zod";
import type { Manifest } from "../../../domain/backup";
import { DriverError } from "../../action";
import { DISK_FILE, decodeManifest, STORED_FILE } from "../rsync/stored";
import type { ResticPlace } from "./place";
import type { ResticDatastore } from "./repository";
import { bandwidthWords, explainRestic, failureOf, type ResticOptions, restic, tryRestic } from "./restic";

const Snapshot = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  time: z.string().max(64),
  paths: z.array(z.string().max(4096)).max(1000),
  tags: z.array(z.string().max(256)).max(100).nullish(),
  /** Since restic 0.17. */
  summary: z.object({ total_bytes_processed: z.number().int().min(0) }).optional(),
});
/** One snapshot, as restic lists it. */
export type Snapshot = z.infer<typeof Snapshot>;

const Snapshots = z.array(Snapshot).max(100_000).nullable();
/** 10,000 snapshots of a few disks. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Marks the snapshots of a VM, as in the reference. */
export function vmTag(vmId: number): string {
  return `one-${vmId}`;
}

/** Marks the snapshot of a backup; our ids are not restic's, because the caller chooses them before there is a snapshot. */
export function backupTag(backupId: string): string {
  return `strata-${backupId}`;
}

/** Marks a snapshot that replaces the one of the same backup id: older points are merged into it. */
export const MERGED_TAG = "strata-merged";

/** Every snapshot of a VM; null when there is no repository yet. Throws as `listAllSnapshots`. */
export async function listSnapshots(
  datastore: ResticDatastore,
  place: ResticPlace,
  vmId: number,
  options: ResticOptions,
): Promise<Snapshot[] | null> {
  const snapshots = await listAllSnapshots(datastore, place, options);
  return snapshots?.filter((snapshot) => snapshot.tags?.includes(vmTag(vmId)) === true) ?? null;
}

/**
 * Every snapshot of a repository; null when there is none yet.
 * @throws DriverError when it cannot be read
 */
export async function listAllSnapshots(
  datastore: ResticDatastore,
  place: ResticPlace,
  options: ResticOptions,
): Promise<Snapshot[] | null> {
  const words = [...bandwidthWords(datastore), "--json", "--no-lock", "snapshots"];
  const result = await tryRestic(datastore, place, words, { ...options, maxOutputBytes: MAX_LIST_BYTES });
  if (failureOf(result) === "missing" && !result.ok) return null;
  if (!result.ok) throw new DriverError(explainRestic(result, place, `read ${place.repository}`));
  const parsed = Snapshots.safeParse(parseJson(result.stdout));
  if (!parsed.success) throw new DriverError(`restic's list of ${place.repository} cannot be understood.`);
  return parsed.data ?? [];
}

/** Every snapshot that stands for a backup: by our tag, or by the beginning of its id (the reference). */
export function snapshotsOf(snapshots: readonly Snapshot[], backupId: string): Snapshot[] {
  const tagged = snapshots.filter((snapshot) => snapshot.tags?.includes(backupTag(backupId)) === true);
  return tagged.length > 0 ? tagged : snapshots.filter((snapshot) => snapshot.id.startsWith(backupId));
}

/** The snapshot to read for a backup: the merged one when there is one. Undefined: there is none, or it is not clear. */
export function snapshotOf(snapshots: readonly Snapshot[], backupId: string): Snapshot | undefined {
  const found = snapshotsOf(snapshots, backupId);
  const merged = found.filter(isMerged);
  const [first, ...others] = merged.length > 0 ? merged : found;
  const isTagged = first?.tags?.includes(backupTag(backupId)) === true;
  // A repeated backup may have stored the same twice; an ambiguous beginning of an id is nobody's.
  return others.length === 0 || isTagged ? first : undefined;
}

export function isMerged(snapshot: Snapshot): boolean {
  return snapshot.tags?.includes(MERGED_TAG) === true;
}

/** Path of a file in a snapshot by its name; undefined when it is not in it. */
export function pathIn(snapshot: Snapshot, name: string): string | undefined {
  return snapshot.paths.find((path) => nameOfPath(path) === name);
}

/** Disk id → path, of the disks in a snapshot. */
export function diskPaths(snapshot: Snapshot): Map<number, string> {
  return new Map(
    snapshot.paths.flatMap((path): [number, string][] => {
      const diskId = DISK_FILE.exec(nameOfPath(path))?.[1];
      return diskId === undefined ? [] : [[Number(diskId), path]];
    }),
  );
}

function nameOfPath(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * The manifest of a snapshot; null: written by another program.
 * @throws DriverError when it is damaged
 */
export async function readManifestOf(
  datastore: ResticDatastore,
  place: ResticPlace,
  snapshot: Snapshot,
  options: ResticOptions,
): Promise<Manifest | null> {
  const path = pathIn(snapshot, "manifest.json");
  if (path === undefined) return null;
  const text = await dumpText(datastore, place, snapshot, path, MAX_MANIFEST_BYTES, options);
  return decodeManifest(Buffer.from(text, "utf8").toString("base64"), `snapshot ${shortId(snapshot)}`);
}

/** A small file of a snapshot. */
export async function dumpText(
  datastore: ResticDatastore,
  place: ResticPlace,
  snapshot: Snapshot,
  path: string,
  maxBytes: number,
  options: ResticOptions,
): Promise<string> {
  return await restic(
    datastore,
    place,
    `read ${path} of snapshot ${shortId(snapshot)}`,
    [...bandwidthWords(datastore), "dump", snapshot.id, path],
    { ...options, maxOutputBytes: maxBytes },
  );
}

const Node = z.object({ struct_type: z.literal("node"), type: z.literal("file"), path: z.string(), size: z.number() });

/** Name → length of the files in a snapshot. */
export async function listFiles(
  datastore: ResticDatastore,
  place: ResticPlace,
  snapshot: Snapshot,
  options: ResticOptions,
): Promise<Map<string, number>> {
  const words = [...bandwidthWords(datastore), "--json", "ls", snapshot.id];
  const what = `list snapshot ${shortId(snapshot)}`;
  const output = await restic(datastore, place, what, words, { ...options, maxOutputBytes: MAX_LIST_BYTES });
  return new Map(
    output.split("\n").flatMap((line): [string, number][] => {
      const node = Node.safeParse(parseJson(line));
      const name = node.success ? nameOfPath(node.data.path) : "";
      // An empty file has no size in restic's list; no file of ours is empty.
      return node.success && (STORED_FILE.test(name) || name === "manifest.json") ? [[name, node.data.size]] : [];
    }),
  );
}

/** As restic prints it. */
export function shortId(snapshot: Snapshot): string {
  return snapshot.id.slice(0, 8);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
