import type { BackupConfig, BackupConfigInput } from "./backup-config";
import { appError } from "./errors";
import { isYes, type TemplateVector } from "./template";

const MAX_KEEP_LAST = 10_000;
const MAX_DISK_IDS = 256;
const MAX_ID = 2_147_483_647;

export interface MergeBackupConfigOptions {
  /** False: absent keys go back to their defaults (updateconf type 0). */
  append: boolean;
  canIncrement: boolean;
  /** Disks that DISK_IDS may name, with the volatile flag as it will be after the merge. */
  eligibleDiskIds: readonly number[];
  /** An asked-for INCREMENT that is impossible: fall back to FULL (creation, jobs) or refuse (updateconf). */
  onImpossible: "downgrade" | "error";
  impossibleReason?: "snapshots" | "disks";
  /** Why the VM cannot have INCREMENT_MODE SNAPSHOT (overlayBlock); null or absent: it can. */
  overlayBlock?: string | null;
}

/**
 * OpenNebula's merge of BACKUP_CONFIG (drivers-and-core §1.4). Call it only when the document has a BACKUP_CONFIG:
 * without one nothing changes, in replace mode too.
 *
 * Kept on purpose: an append document that holds only INCREMENT_MODE is ignored, and losing the ability to increment
 * closes the chain even when MODE was not mentioned. Differs from the reference: CBT <-> SNAPSHOT closes the chain.
 * INCREMENT_MODE SNAPSHOT that is impossible is refused like INCREMENT, or becomes CBT.
 * Throws BACKUP_CONFIG_INVALID (DISK_IDS, INCREMENT_MODE) and INCREMENT_IMPOSSIBLE_SNAPSHOTS / INCREMENT_IMPOSSIBLE_DISKS.
 */
export function mergeBackupConfig(
  current: BackupConfig,
  input: BackupConfigInput,
  options: MergeBackupConfigOptions,
): BackupConfig {
  const { append, canIncrement } = options;
  if (!canIncrement && input.mode === "INCREMENT" && options.onImpossible === "error") {
    throw options.impossibleReason === "snapshots"
      ? appError("INCREMENT_IMPOSSIBLE_SNAPSHOTS")
      : appError("INCREMENT_IMPOSSIBLE_DISKS");
  }
  const base: BackupConfig = {
    ...current,
    configured: true,
    keepLast: input.keepLast === undefined ? (append ? current.keepLast : 0) : Math.max(0, input.keepLast),
    // No document of OpenNebula can say these, so one that is silent about them does not take them away.
    gfs: input.gfs ?? current.gfs,
    rpoMinutes: input.rpoMinutes === undefined ? current.rpoMinutes : input.rpoMinutes,
    leftOut: input.leftOut === undefined ? current.leftOut : input.leftOut,
    backupVolatile: input.backupVolatile ?? (append ? current.backupVolatile : false),
    diskIds: mergeDiskIds(current, input, options),
    fsFreeze: input.fsFreeze ?? (append ? current.fsFreeze : "NONE"),
  };
  if (!canIncrement) {
    const full: BackupConfig = { ...base, mode: "FULL", incrementMode: null };
    return { ...full, ...closeIfOpen(current, "the VM could no longer be backed up in increments") };
  }
  const merged = input.mode !== undefined || !append ? mergeMode(base, input, options) : base;
  const setChanged =
    merged.backupVolatile !== current.backupVolatile || merged.diskIds.join() !== current.diskIds.join();
  if (!setChanged) return merged;
  const what =
    merged.backupVolatile === current.backupVolatile
      ? "the list of disks to back up"
      : "the setting for volatile disks";
  return { ...merged, ...closeIfOpen(current, `${what} was changed`) };
}

/** Both chain pointers of a VM without an open chain: its next backup is a full one. */
export const CLOSED = { incrementalBackupId: -1, lastIncrementId: -1, closedReason: null } as const;

/** The same, with why; `reason` completes "the next backup is a full one: …". */
export function closed(reason: string): Pick<BackupConfig, keyof typeof CLOSED> {
  return { ...CLOSED, closedReason: reason };
}

/** A chain that is closed already keeps the reason it was closed for. */
export function closeIfOpen(config: BackupConfig, reason: string): Pick<BackupConfig, keyof typeof CLOSED> {
  return config.incrementalBackupId === -1 ? { ...CLOSED, closedReason: config.closedReason } : closed(reason);
}

function mergeMode(base: BackupConfig, input: BackupConfigInput, options: MergeBackupConfigOptions): BackupConfig {
  const { append, overlayBlock = null, onImpossible } = options;
  const mode = input.mode ?? "FULL";
  const oldIncrementMode = base.incrementMode ?? "CBT";
  const asked = input.incrementMode ?? (append ? oldIncrementMode : "CBT");
  if (asked === "SNAPSHOT" && mode === "INCREMENT" && overlayBlock !== null && onImpossible === "error") {
    throw appError("BACKUP_CONFIG_INVALID", { message: overlayBlock });
  }
  const incrementMode = overlayBlock === null ? asked : "CBT";
  const keepsChain = mode === "INCREMENT" && base.mode === "INCREMENT" && incrementMode === oldIncrementMode;
  return { ...base, mode, incrementMode, ...(keepsChain ? {} : closeIfOpen(base, "the backup mode was changed")) };
}

function mergeDiskIds(
  current: BackupConfig,
  input: BackupConfigInput,
  { append, eligibleDiskIds }: MergeBackupConfigOptions,
): number[] {
  if (input.diskIds === undefined) return append ? current.diskIds : [];
  const ids = [...new Set(input.diskIds)].sort((a, b) => a - b);
  const bad = ids.find((id) => !eligibleDiskIds.includes(id));
  if (bad !== undefined) {
    const allowed = eligibleDiskIds.length === 0 ? "this VM has none" : `choose from ${eligibleDiskIds.join(", ")}`;
    throw appError("BACKUP_CONFIG_INVALID", { message: `Disk ${bad} cannot be backed up; ${allowed}.` });
  }
  return ids;
}

/**
 * Read a BACKUP_CONFIG vector of a user. Internal and unknown keys are dropped, so ids and LAST_* cannot be forged;
 * empty values count as absent, but for DISK_IDS where empty means "all". Throws BACKUP_CONFIG_INVALID.
 */
export function parseBackupConfigVector(vector: TemplateVector): BackupConfigInput {
  const input: BackupConfigInput = {};
  const volatile = given(vector, "BACKUP_VOLATILE");
  if (volatile !== undefined) input.backupVolatile = isYes(volatile);
  const freeze = given(vector, "FS_FREEZE");
  if (freeze !== undefined) input.fsFreeze = freeze === "AGENT" || freeze === "SUSPEND" ? freeze : "NONE";
  const keepLast = given(vector, "KEEP_LAST");
  if (keepLast !== undefined && /^[+-]?\d{1,9}$/.test(keepLast)) {
    input.keepLast = Math.max(0, Number(keepLast));
    if (input.keepLast > MAX_KEEP_LAST) {
      throw appError("BACKUP_CONFIG_INVALID", { message: `KEEP_LAST must be ${MAX_KEEP_LAST} or less.` });
    }
  }
  const mode = given(vector, "MODE");
  if (mode !== undefined) input.mode = mode === "INCREMENT" ? "INCREMENT" : "FULL";
  const incrementMode = given(vector, "INCREMENT_MODE");
  if (incrementMode !== undefined) input.incrementMode = incrementMode === "SNAPSHOT" ? "SNAPSHOT" : "CBT";
  const diskIds = vector["DISK_IDS"];
  if (diskIds !== undefined) input.diskIds = parseDiskIds(diskIds);
  return input;
}

/** A comma list of disk ids, sorted and unique; empty text is the empty list. Throws BACKUP_CONFIG_INVALID. */
export function parseDiskIds(list: string): number[] {
  if (list.trim() === "") return [];
  const ids = new Set<number>();
  for (const token of list.split(",")) {
    const digits = token.trim();
    const id = /^\d{1,10}$/.test(digits) ? Number(digits) : MAX_ID + 1;
    if (id > MAX_ID) {
      throw appError("BACKUP_CONFIG_INVALID", { message: `DISK_IDS: "${digits.slice(0, 40)}" is not a disk id.` });
    }
    ids.add(id);
  }
  if (ids.size > MAX_DISK_IDS) {
    throw appError("BACKUP_CONFIG_INVALID", { message: `DISK_IDS may name at most ${MAX_DISK_IDS} disks.` });
  }
  return [...ids].sort((a, b) => a - b);
}

/**
 * BACKUP_CONFIG as documents print it, keys in alphabetical order; empty when the VM was never configured. Both chain
 * pointers are always written: readers of the reference take a missing one for 0, which is a valid id.
 */
export function backupConfigVector(config: BackupConfig): TemplateVector {
  if (!config.configured) return {};
  const pairs: [string, string | null][] = [
    ["ACTIVE_FLATTEN", config.activeFlatten ? "YES" : null],
    ["BACKUP_JOB_ID", optional(config.backupJobId)],
    ["BACKUP_VOLATILE", config.backupVolatile ? "YES" : "NO"],
    ["DISK_IDS", config.diskIds.length === 0 ? null : config.diskIds.join(",")],
    ["FS_FREEZE", config.fsFreeze],
    ["INCREMENTAL_BACKUP_ID", String(config.incrementalBackupId)],
    ["INCREMENT_MODE", config.incrementMode],
    ["KEEP_LAST", String(config.keepLast)],
    ["LAST_BACKUP_FORMAT", config.lastBackupFormat],
    ["LAST_BACKUP_ID", config.lastBackupId],
    ["LAST_BACKUP_SIZE", optional(config.lastBackupSizeMb)],
    ["LAST_DATASTORE_ID", optional(config.lastDatastoreId)],
    ["LAST_INCREMENT_ID", String(config.lastIncrementId)],
    ["MODE", config.mode],
  ];
  const vector: TemplateVector = {};
  for (const [key, value] of pairs) if (value !== null) vector[key] = value;
  return vector;
}

/** Trimmed, upper-case, undefined when absent or empty. */
function given(vector: TemplateVector, key: string): string | undefined {
  const value = vector[key]?.trim().toUpperCase();
  return value === "" ? undefined : value;
}

function optional(value: number | null): string | null {
  return value === null ? null : String(value);
}
