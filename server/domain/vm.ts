import { z } from "zod";
import { type BackupConfig, LeftOut } from "./backup-config";
import type { NextBackup } from "./chain-rules";
import type { VmDiskSnapshots } from "./disk-snapshots";
import { ObjectId, ObjectName } from "./ids";
import type { Right } from "./permissions";
import { RpoMinutes } from "./retention-policy";
import type { VmState } from "./states";
import type { SystemSnapshot } from "./system-snapshots";

/** How a VM is protected, in the words of the inventory; the worst first. */
export const PROTECTIONS = ["failing", "never", "late", "running", "excluded", "protected"] as const;
export type Protection = (typeof PROTECTIONS)[number];

export interface VmDisk {
  diskId: number;
  /** Device, e.g. vda. */
  target: string;
  /** Upper-case DISK/TYPE: FILE, FS (volatile), SWAP, CDROM, … */
  type: string;
  format: string;
  sizeMb: number;
  /** File on the host, empty when not known. */
  source: string;
  imageId: number | null;
  isVolatile: boolean;
  /** Is it in the effective backup set? */
  isIncluded: boolean;
  /** Why not, or what keeps it from being incremental; null when fine. */
  reason: string | null;
}

export interface VmRow {
  id: number;
  name: string;
  state: VmState;
  ownerName: string;
  groupName: string;
  hostName: string;
  protection: Protection;
  mode: BackupConfig["mode"];
  /** Epoch ms of the newest good point. */
  newestPointAt: number | null;
  pointCount: number;
  chainLength: number;
  storedBytes: number;
  diskCount: number;
  sizeMb: number;
  /** States of the last runs, oldest first, at most 14. */
  lastRuns: ("DONE" | "FAILED" | "CANCELLED" | "RUNNING" | "PENDING")[];
  lastError: string | null;
  runningActionId: number | null;
  /** How old the newest good point may be. */
  target: import("./compliance").RpoTarget;
  jobId: number | null;
  /** Null: in none, or in one that the reader may not see. */
  jobName: string | null;
  /** Why it is left out: its own settings say so, or it is in no job and one of them does. Null: it is not. */
  excludedReason: string | null;
  /** Epoch ms; null: until somebody takes it back in. */
  excludedUntil: number | null;
  labels: string[];
  /** Epoch ms of its next scheduled backup, null for none. */
  nextRunAt: number | null;
}

/** VMs that are acted on at once. */
export const MAX_BULK = 200;

/** One label of a VM: the list of them is a text with commas. */
const Label = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^,"\p{Cc}]*$/u, "A label has no commas and no quotes");

/** What is done to many VMs at once. */
export const BulkWork = z.discriminatedUnion("what", [
  /** Back them up now; `datastoreId`: where a backup goes that begins a chain, null: where the last one went. */
  z.object({ what: z.literal("backup"), datastoreId: ObjectId.nullable().default(null) }),
  z.object({ what: z.literal("job"), jobId: ObjectId }),
  /** How old the newest good point may be; null: as the job says, or the general one. */
  z.object({ what: z.literal("rpo"), rpoMinutes: RpoMinutes.nullable() }),
  z.object({
    what: z.literal("labels"),
    add: z.array(Label).max(20).default([]),
    remove: z.array(Label).max(20).default([]),
  }),
  /** Leave them out of the backups of their jobs; null takes them back in. */
  z.object({ what: z.literal("leave-out"), leftOut: LeftOut.nullable() }),
]);
export type BulkWork = z.infer<typeof BulkWork>;
export const BulkOrder = z.object({ vmIds: z.array(ObjectId).min(1).max(MAX_BULK), work: BulkWork });
export type BulkOrder = z.infer<typeof BulkOrder>;

/** What came of one of many VMs. */
export interface BulkOutcome {
  vmId: number;
  name: string;
  /** Why nothing was done to it, null when it was. */
  reason: string | null;
}

/** What the inventory can be narrowed by, each value with the number of VMs it has. */
export const FACET_FIELDS = ["status", "job", "owner", "group", "host"] as const;
export type FacetField = (typeof FACET_FIELDS)[number];
export type VmFacets = Record<FacetField, { value: string; count: number }[]>;

/** Operations on the devices of a VM, by the names that rights are listed under. */
export const DEVICE_OPERATIONS = ["disk-attach", "disk-resize", "disk-snapshot", "snapshot"] as const;
export const POWER_OPERATIONS = ["resume", "poweroff", "reboot"] as const;
export type PowerOperation = (typeof POWER_OPERATIONS)[number];
export type DeviceOperation = (typeof DEVICE_OPERATIONS)[number];

export interface VmDetail extends VmRow {
  disks: VmDisk[];
  nics: { nicId: number; network: string; ip: string; mac: string }[];
  cpu: string;
  memoryMb: number;
  backupConfig: BackupConfig;
  canIncrement: boolean;
  /** Why not, null when it can. */
  cannotIncrementReason: string | null;
  /** Why INCREMENT_MODE SNAPSHOT is not possible, null when it is. */
  cannotOverlayReason: string | null;
  /** Datastore of the open chain; backups go there until reset. */
  chainDatastore: { id: number; name: string; imageId: number } | null;
  /** Bytes a full backup would read at most (virtual sizes of the included disks). */
  fullEstimateBytes: number;
  /** How long reading that takes at its host's usual speed, ms; null: it has points, or nothing was measured on the host. */
  fullEstimateMs: number | null;
  hostId: number;
  systemDatastoreId: number;
  isDemo: boolean;
  createdAt: number;
  /** Rights of the asking user, so that the UI can say why a button is disabled. */
  may: { backup: boolean; configure: boolean; delete: boolean };
  /** The same for operations on disks and snapshots, with the right that each needs. */
  operations: Record<DeviceOperation, { may: boolean; right: Right }>;
  /** The same for starting, stopping and restarting. */
  power: Record<PowerOperation, { may: boolean; right: Right }>;
  /** Why the host's last poll failed: then the state may be old; null when it did not. */
  hostError: string | null;
  snapshots: { disks: VmDiskSnapshots; system: SystemSnapshot[] };
  /** What the next backup is, and why. */
  nextBackup: NextBackup;
  /** A run other than a backup that is queued or works on this VM. */
  operationActionId: number | null;
}

/** A powered-off VM made of disk files that are already on a host. */
export const RegisterVmRequest = z.object({
  name: ObjectName,
  hostId: ObjectId.default(0),
  systemDatastoreId: ObjectId.default(0),
  cpu: z.number().min(0.1).max(1024).default(1),
  memoryMb: z.number().int().min(1).max(16_777_216).default(1024),
  disks: z
    .array(
      z.object({
        /** Absolute path on the host; `<pool>/<image>` on a system datastore in Ceph. */
        path: z
          .string()
          .max(4096)
          .regex(
            /^(\/[^\u0000-\u001f\u007f]*|[A-Za-z0-9][\w.-]{0,127}\/[A-Za-z0-9][\w.-]{0,127})$/,
            "Give an absolute path without line breaks or other control characters",
          ),
        format: z.enum(["qcow2", "raw"]),
        isVolatile: z.boolean().default(false),
        target: z
          .string()
          .regex(/^[a-z]{2,4}$/)
          .optional(),
      }),
    )
    .min(1, "Give at least one disk file")
    .max(32),
  nics: z
    .array(z.object({ network: z.string().max(128), ip: z.string().max(45).optional() }))
    .max(8)
    .default([]),
});
export type RegisterVmRequest = z.infer<typeof RegisterVmRequest>;
