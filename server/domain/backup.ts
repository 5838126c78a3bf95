import { z } from "zod";
import { ObjectId } from "./ids";

export const IncrementType = z.enum(["FULL", "INCREMENT"]);
export type IncrementType = z.infer<typeof IncrementType>;

/** One stored disk file of a restore point, as its manifest names it. */
export const ManifestDisk = z.object({
  id: z.number().int().min(0),
  /** File in the point's folder: `disk.<id>.<increment>`. */
  file: z.string().regex(/^disk\.\d{1,6}\.\d{1,9}$/),
  /** Length of the stored file in bytes. */
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the disk the guest sees, bytes. */
  virtualSize: z.number().int().min(0),
  /** Dirty bitmap that the next increment starts from, null when the disk has none. */
  bitmap: z.string().nullable(),
});
export type ManifestDisk = z.infer<typeof ManifestDisk>;

/**
 * `manifest.json`, written last into a point's folder: without it a folder of ours is not a backup.
 * Repositories written by the reference have none; their points are restorable and marked unverified.
 */
export const Manifest = z.object({
  version: z.literal(1),
  vmId: z.number().int().min(0),
  /** Folder name and SOURCE of the increment. */
  backupId: z.string().regex(/^[0-9a-f]{6,64}$/),
  incrementId: z.number().int().min(0),
  type: IncrementType,
  /** Increment id of the parent, -1 for a full. */
  parentId: z.number().int().min(-1),
  /** ISO time, UTC. */
  createdAt: z.string(),
  tool: z.string(),
  vmXmlSha256: z.string().regex(/^[0-9a-f]{64}$/),
  disks: z.array(ManifestDisk).min(1).max(256),
  /** Later points are being merged into these files (`increment_flatten`): lengths and checksums hold no longer. */
  isMerging: z.literal(true).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** How far a restore point was checked. `unverified`: no manifest (written by another program). */
export const Verification = z.enum(["unverified", "checksummed", "verified", "failed"]);
export type Verification = z.infer<typeof Verification>;

/** Back up one VM now. */
export const BackupRequest = z.object({
  vmId: ObjectId,
  /** Null: the datastore of the open chain. */
  datastoreId: ObjectId.nullable().default(null),
  /** Close the open chain and start a new full. */
  reset: z.boolean().default(false),
});
export type BackupRequest = z.infer<typeof BackupRequest>;

/** A point as the timeline, the tables and the wizard show it. */
export interface RestorePoint {
  imageId: number;
  /** INCREMENT_ID inside the chain; 0 for a backup of FULL mode. */
  incrementId: number;
  parentId: number;
  type: IncrementType;
  /** Epoch ms. */
  at: number;
  /** Bytes stored for this point alone. */
  storedBytes: number;
  /** Bytes a restore of this point must read: the full up to this point. */
  restoreBytes: number;
  /** Sum of the guest-visible sizes of its disks. */
  guestBytes: number;
  /** Opaque id in the repository. */
  source: string;
  verification: Verification;
  /** Epoch ms of the last time its files were read again, null: never. */
  verifiedAt: number | null;
  verifyActionId: number | null;
  /** What that found: why it failed, or what could not be compared. */
  verificationNote: string | null;
  /** The last boot check, null: none. */
  bootCheck: Omit<import("./verification").BootCheckView, "console" | "hasScreenshot"> | null;
  diskIds: number[];
  /** How long the guest stood still for it, ms; null: it did not, or was off. */
  frozenMs: number | null;
  /** The run that made it. */
  actionId: number | null;
  /** Why it cannot be restored, null when it can. */
  broken: string | null;
  /** What the next backup does to it, and why; absent where nobody asked. */
  fate?: { fate: import("./retention").Fate; reason: string; at: number } | null;
  /** Who holds it against retention and deletion; null: nobody. */
  pin?: import("./retention-preview").Pin | null;
}

/** One backup image with its points, oldest first. */
export interface Chain {
  imageId: number;
  name: string;
  vmId: number;
  vmName: string;
  datastoreId: number;
  datastoreName: string;
  /** False for a backup of FULL mode: one point, no BACKUP_INCREMENTS. */
  isChain: boolean;
  /** The VM's next increment goes here. */
  isOpen: boolean;
  state: import("./states").ImageState;
  storedBytes: number;
  points: RestorePoint[];
  /** Why the last operation on it failed, null if none did. */
  error: string | null;
}
