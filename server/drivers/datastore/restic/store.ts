/** The commands that change a repository: init, backup, forget, prune. */
import { z } from "zod";
import { DriverError } from "../../action";
import type { StagedBackup } from "../rsync/backup-plan";
import type { StagedFile } from "../rsync/staging";
import { connectionWords } from "./extract";
import type { ResticPlace } from "./place";
import type { ResticDatastore } from "./repository";
import {
  bandwidthWords,
  EXCLUSIVE_ATTEMPTS,
  explainRestic,
  failureOf,
  type ResticOptions,
  restic,
  tryRestic,
} from "./restic";
import { backupTag, listSnapshots, snapshotsOf, vmTag } from "./snapshots";

/** restic before 0.14 stores everything uncompressed and does not know the option. */
const FIRST_WITH_COMPRESSION = [0, 14] as const;

/** Make the repository; another backup of the same job may have made it at the same time. */
export async function initRepository(
  datastore: ResticDatastore,
  place: ResticPlace,
  options: ResticOptions,
): Promise<void> {
  const result = await tryRestic(datastore, place, [...bandwidthWords(datastore), "init"], options);
  if (!result.ok && !/config file already exists|already initialized/i.test(result.stderr)) {
    throw new DriverError(explainRestic(result, place, `make the repository ${place.repository}`));
  }
}

export interface SnapshotInput {
  datastore: ResticDatastore;
  place: ResticPlace;
  /** Holds the files and manifest.json. */
  folder: string;
  plan: Pick<StagedBackup, "vmId" | "backupId">;
  files: readonly Pick<StagedFile, "name" | "bytes">[];
  options: ResticOptions;
  /** Bytes of the files that restic has read. */
  onProgress(done: number): void;
  /** More tags. */
  tags?: readonly string[];
  /** When the disks were like this; default: now. */
  at?: Date;
}

const Status = z.object({ message_type: z.literal("status"), bytes_done: z.number().min(0) });
const Summary = z.object({ message_type: z.literal("summary"), snapshot_id: z.string().regex(/^[0-9a-f]{8,64}$/) });

/**
 * Store the files as one snapshot.
 * @throws DriverError; then there is no snapshot of this backup
 */
export async function storeSnapshot(input: SnapshotInput): Promise<void> {
  const { datastore, place, folder, plan, files, options } = input;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  let isSummed = false;
  const report = (bytes: number) => {
    done = Math.min(total, Math.max(done, bytes));
    input.onProgress(done);
  };
  const tags = [vmTag(plan.vmId), backupTag(plan.backupId), ...(input.tags ?? [])];
  const words = [
    ...bandwidthWords(datastore),
    ...connectionWords(datastore),
    ...(await compressionWords(datastore, place, options)),
    "--json",
    "backup",
    "--force",
    ...tags.map((tag) => `--tag=${tag}`),
    ...(input.at === undefined ? [] : [`--time=${resticTime(input.at)}`]),
    "--",
    ...files.map((file) => `${folder}/${file.name}`),
    `${folder}/manifest.json`,
  ];
  const result = await tryRestic(datastore, place, words, {
    ...options,
    onStdoutLine: (line) => {
      const parsed = parseJson(line);
      const status = Status.safeParse(parsed);
      if (status.success) report(status.data.bytes_done);
      if (Summary.safeParse(parsed).success) isSummed = true;
    },
  });
  if (result.ok && isSummed) {
    report(total);
    return;
  }
  if (failureOf(result) === "incomplete") await forgetIncomplete(input);
  throw new DriverError(
    result.ok
      ? "restic did not name the snapshot it made."
      : explainRestic(result, place, `store the backup in ${place.repository}`),
  );
}

/** With exit code 3 restic has made a snapshot of what it could read. */
async function forgetIncomplete({ datastore, place, plan, options }: SnapshotInput): Promise<void> {
  const snapshots = (await listSnapshots(datastore, place, plan.vmId, options)) ?? [];
  const ids = snapshotsOf(snapshots, plan.backupId).map((snapshot) => snapshot.id);
  if (ids.length > 0) await forgetSnapshots(datastore, place, ids, options);
}

/** Drop snapshots; their data goes with the next prune. */
export async function forgetSnapshots(
  datastore: ResticDatastore,
  place: ResticPlace,
  ids: readonly string[],
  options: ResticOptions,
): Promise<void> {
  const words = [...bandwidthWords(datastore), "forget", "--", ...ids];
  const attempts = { ...options, attempts: EXCLUSIVE_ATTEMPTS };
  await restic(datastore, place, `forget ${ids.length} snapshots of ${place.repository}`, words, attempts);
}

/** Give back the space of what no snapshot needs any more, leftovers of broken uploads included. */
export async function pruneRepository(
  datastore: ResticDatastore,
  place: ResticPlace,
  options: ResticOptions,
): Promise<void> {
  const words = [...bandwidthWords(datastore), "prune", ...datastore.pruneOptions];
  const attempts = { ...options, attempts: EXCLUSIVE_ATTEMPTS };
  await restic(datastore, place, `prune ${place.repository}`, words, attempts);
}

/** Only when it is not restic's default, and only when this restic knows it. */
async function compressionWords(
  datastore: ResticDatastore,
  place: ResticPlace,
  { signal }: ResticOptions,
): Promise<string[]> {
  if (datastore.compression === "auto") return [];
  const version = await resticVersion(datastore, place, signal);
  return isAtLeast(version, FIRST_WITH_COMPRESSION) ? [`--compression=${datastore.compression}`] : [];
}

/** `0.14.0`, as the restic of that machine says. */
export async function resticVersion(
  datastore: ResticDatastore,
  place: ResticPlace,
  signal: AbortSignal,
): Promise<string> {
  const output = await restic(datastore, place, "ask restic for its version", ["version"], { signal });
  const version = /^restic (\d+\.\d+(?:\.\d+)?)/m.exec(output)?.[1];
  if (version === undefined) throw new DriverError(`restic names no version: ${output.slice(0, 100)}`);
  return version;
}

/** Whether a version is `[major, minor]` or later. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** As `--time` wants it; restic runs in UTC. */
function resticTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
