import { z } from "zod";
import { Gfs, NO_GFS, RpoMinutes } from "./retention-policy";

/** Backup settings of a VM and its chain pointers: BACKUPS/BACKUP_CONFIG of the VM document (drivers-and-core §1.4). */
export const BackupMode = z.enum(["FULL", "INCREMENT"]);
export type BackupMode = z.infer<typeof BackupMode>;
export const FsFreeze = z.enum(["NONE", "AGENT", "SUSPEND"]);
export type FsFreeze = z.infer<typeof FsFreeze>;
export const IncrementMode = z.enum(["CBT", "SNAPSHOT"]);
export type IncrementMode = z.infer<typeof IncrementMode>;

/** A VM that is left out of the backups of jobs: why, and until when (epoch ms; null: until somebody takes it back in). */
export const LeftOut = z.object({
  reason: z.string().trim().min(3, "Say why it is left out").max(500),
  until: z.number().int().min(0).max(8_640_000_000_000_000).nullable(),
});
export type LeftOut = z.infer<typeof LeftOut>;

/** Is it left out at `now`, epoch ms? */
export function isLeftOut({ leftOut }: { leftOut: LeftOut | null }, now: number): boolean {
  return leftOut !== null && (leftOut.until === null || leftOut.until > now);
}

export const BackupConfig = z.object({
  /** False for a VM that was never configured: it prints an empty BACKUP_CONFIG. */
  configured: z.boolean(),
  backupVolatile: z.boolean(),
  fsFreeze: FsFreeze,
  /** 0 keeps all. */
  keepLast: z.number().int().min(0),
  gfs: Gfs.default(NO_GFS),
  /** Longest age of the newest good point; null: that of the job, or the general one. */
  rpoMinutes: RpoMinutes.nullable().default(null),
  leftOut: LeftOut.nullable().default(null),
  mode: BackupMode,
  /** null when the VM cannot do increments. */
  incrementMode: IncrementMode.nullable(),
  /** Sorted, unique; empty means all eligible disks. */
  diskIds: z.array(z.number().int().min(0)),
  // Internal: never taken from a user.
  lastDatastoreId: z.number().int().nullable(),
  lastBackupId: z.string().nullable(),
  lastBackupSizeMb: z.number().int().nullable(),
  lastBackupFormat: z.string().nullable(),
  /** Image of the open chain, -1 none. */
  incrementalBackupId: z.number().int(),
  /** Last increment in that chain, -1 none. */
  lastIncrementId: z.number().int(),
  /** Why the last chain was closed, for people; null when a chain is open, or nobody said. */
  closedReason: z.string().nullable().default(null),
  activeFlatten: z.boolean(),
  backupJobId: z.number().int().nullable(),
});
export type BackupConfig = z.infer<typeof BackupConfig>;

export const UNCONFIGURED: BackupConfig = {
  configured: false,
  backupVolatile: false,
  fsFreeze: "NONE",
  keepLast: 0,
  gfs: NO_GFS,
  rpoMinutes: null,
  leftOut: null,
  mode: "FULL",
  incrementMode: null,
  diskIds: [],
  lastDatastoreId: null,
  lastBackupId: null,
  lastBackupSizeMb: null,
  lastBackupFormat: null,
  incrementalBackupId: -1,
  lastIncrementId: -1,
  closedReason: null,
  activeFlatten: false,
  backupJobId: null,
};

/** What a user may ask for; an absent key means "absent in the document" of the merge algorithm. */
export const BackupConfigInput = z.object({
  backupVolatile: z.boolean().optional(),
  fsFreeze: FsFreeze.optional(),
  keepLast: z.number().int().max(10_000).optional(),
  gfs: Gfs.optional(),
  rpoMinutes: RpoMinutes.nullable().optional(),
  leftOut: LeftOut.nullable().optional(),
  mode: BackupMode.optional(),
  incrementMode: IncrementMode.optional(),
  diskIds: z.array(z.number().int().min(0)).max(256).optional(),
});
export type BackupConfigInput = z.infer<typeof BackupConfigInput>;
