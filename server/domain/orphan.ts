import { z } from "zod";
import { ObjectId } from "./ids";

/**
 * Leftovers of a backup repository: what lies there and is in no catalogue row. A row without its folder is the other
 * half, and is a damaged point.
 */

/** One entry of a repository, as `list` of a datastore driver prints it (docs/drivers.md). */
export const RepositoryEntry = z.object({
  /** Null: it lies in no VM's folder. */
  vmId: ObjectId.nullable(),
  /** It lies in the repository of this backup job. */
  jobId: ObjectId.optional(),
  /** Its name in the repository, printable. */
  name: z.string().min(1).max(1024),
  /** `point`: a complete backup. `upload`, `removal`: one that was begun and not ended. `other`: not a backup's name. */
  kind: z.enum(["point", "upload", "removal", "other"]),
  /** Id of the backup it is or was to become, null for `other`. */
  backupId: z
    .string()
    .regex(/^[0-9a-f]{6,64}$/)
    .nullable(),
  /** Null: not known without reading it (snapshots of an older restic). */
  bytes: z.number().int().min(0).nullable(),
  /** Epoch s: the newest change in it. */
  modifiedAt: z.number().int().min(0),
});
export type RepositoryEntry = z.infer<typeof RepositoryEntry>;

export const ListAnswer = z.object({ entries: z.array(RepositoryEntry).max(200_000) });

/** A leftover and what may be done with it. */
export interface Orphan extends RepositoryEntry {
  vmName: string | null;
  /** What it is, for people. */
  what: string;
  /** Why it must stay, null when it can be removed. */
  keepReason: string | null;
}

/** What a scan of a repository found. */
export interface RepositoryScan {
  datastoreId: number;
  /** Epoch ms. */
  at: number;
  /** Entries looked at. */
  entryCount: number;
  orphans: Orphan[];
  /** Points of the catalogue that are not in the repository; they are marked as damaged. */
  missing: { imageId: number; incrementId: number; vmId: number; vmName: string }[];
}

export const RemoveOrphans = z.object({
  datastoreId: ObjectId,
  entries: z
    .array(z.object({ vmId: ObjectId, backupId: z.string().regex(/^[0-9a-f]{6,64}$/) }))
    .min(1)
    .max(1000),
  /** The name of the datastore, typed. */
  confirm: z.string(),
});
export type RemoveOrphans = z.infer<typeof RemoveOrphans>;

/** What the catalogue and the queue know, as far as a scan needs it. */
export interface KnownBackups {
  /** `<vm id>/<backup id>` of every recorded point, whatever its datastore: two of them may share a folder. */
  recorded: ReadonlySet<string>;
  /** Backups that are queued or running, by the same key. */
  inFlight: ReadonlySet<string>;
  vmNames: ReadonlyMap<number, string>;
  /** VMs with a chain whose points are being merged, or whose merge has stopped half-way. */
  mergingVms: ReadonlySet<number>;
  /** Epoch ms: the start of the oldest run that may write to or remove from the repository; null: none is running. */
  oldestRunAt: number | null;
}

/** The key of a backup in `KnownBackups`. */
export function backupKey(vmId: number, backupId: string): string {
  return `${vmId}/${backupId}`;
}

/** Entries that belong to nothing we know, oldest first, each with what it is and whether it may go. */
export function findOrphans(entries: readonly RepositoryEntry[], known: KnownBackups): Orphan[] {
  return entries
    .filter((entry) => !isKnown(entry, known))
    .map((entry) => ({
      ...entry,
      vmName: entry.vmId === null ? null : (known.vmNames.get(entry.vmId) ?? null),
      what: WHAT[entry.kind],
      keepReason: keepReason(entry, known),
    }))
    .sort((a, b) => a.modifiedAt - b.modifiedAt);
}

const WHAT: Record<RepositoryEntry["kind"], string> = {
  point: "Complete backup that this catalogue does not know",
  upload: "Backup that was begun and never completed",
  removal: "Backup that was being removed",
  other: "Not a backup",
};

function isKnown(entry: RepositoryEntry, known: KnownBackups): boolean {
  return (
    entry.kind === "point" &&
    entry.vmId !== null &&
    entry.backupId !== null &&
    known.recorded.has(backupKey(entry.vmId, entry.backupId))
  );
}

function keepReason(entry: RepositoryEntry, known: KnownBackups): string | null {
  if (entry.vmId === null || entry.backupId === null) {
    return "Strata did not make it. Look at it on the server and remove it there.";
  }
  const key = backupKey(entry.vmId, entry.backupId);
  if (known.inFlight.has(key)) return "A backup is writing it.";
  if (known.recorded.has(key)) return "A recorded point has the same id. The next backup of the VM removes it.";
  if (known.mergingVms.has(entry.vmId)) return "Points of this VM are being merged, and it may be a part of that.";
  if (known.oldestRunAt !== null && entry.modifiedAt * 1000 >= known.oldestRunAt) {
    return "It is younger than a run that has not ended. Scan again when that is over.";
  }
  return null;
}

/** Recorded points that the listing does not hold. */
export function findMissing<P extends { vmId: number; source: string }>(
  points: readonly P[],
  entries: readonly RepositoryEntry[],
): P[] {
  const there = new Set(
    entries.flatMap((entry) =>
      entry.kind === "point" && entry.vmId !== null && entry.backupId !== null
        ? [backupKey(entry.vmId, entry.backupId)]
        : [],
    ),
  );
  return points.filter((point) => !there.has(backupKey(point.vmId, point.source)));
}
