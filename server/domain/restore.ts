import { z } from "zod";
import { ObjectId, ObjectName } from "./ids";
import type { Template } from "./template";

/** Network choice of the wizard: the reference's NO_IP and NO_NIC as one value. */
export const NetworkChoice = z.enum(["keep", "no_ip", "no_nic"]);
export type NetworkChoice = z.infer<typeof NetworkChoice>;

/** Restore of a backup image to new images and a VM template (one.image.restore). */
export const RestoreRequest = z.object({
  imageId: ObjectId,
  /** Null: the newest point. */
  incrementId: z.number().int().min(0).nullable().default(null),
  /** Image datastore that receives the disks. */
  datastoreId: ObjectId,
  /** Base name; null: `<vm id>-<source>` as in the reference. */
  name: ObjectName.nullable().default(null),
  network: NetworkChoice.default("keep"),
  /** Empty: every disk of the point, and a template. One disk: only that disk as an image, no template. */
  diskIds: z.array(z.number().int().min(0)).max(256).default([]),
  /** Make a powered-off VM from the template at once. */
  instantiate: z
    .object({ name: ObjectName.nullable().default(null), hostId: ObjectId, systemDatastoreId: ObjectId })
    .nullable()
    .default(null),
  /** One disk: attach the new image to a VM that exists. */
  attach: z
    .object({
      vmId: ObjectId,
      target: z
        .string()
        .regex(/^[a-z]{2,4}$/)
        .nullable()
        .default(null),
    })
    .nullable()
    .optional(),
});
export type RestoreRequest = z.infer<typeof RestoreRequest>;

export interface PlanDisk {
  diskId: number;
  /** Device the guest knew it by, e.g. `vda`; empty when unknown. */
  target: string;
  /** Was it a volatile disk? It becomes an image all the same. */
  wasVolatile: boolean;
  virtualSize: number;
  /** Bytes read from the repository: this disk's files from the full to the point; null when the repository has no manifest. */
  bytesToRead: number | null;
  /** How many stored files are combined. */
  chainLength: number;
  imageName: string;
  imageType: "OS" | "DATABLOCK";
}

export type CheckLevel = "ok" | "warning" | "error";
export interface PlanCheck {
  id: "capacity" | "permissions" | "names" | "network" | "point" | "verification" | "partial" | "attach";
  level: CheckLevel;
  text: string;
}

export interface PlanStep {
  id: string;
  text: string;
  /** Bytes this step moves, 0 when none. */
  bytes: number;
}

export type AttributeChange = "kept" | "removed" | "changed" | "added";
/** One line of the template diff; `section` is DISK 0, NIC 1, CONTEXT, or empty for the top level. */
export interface TemplateDiffLine {
  section: string;
  name: string;
  before: string | null;
  after: string | null;
  change: AttributeChange;
}

/** What a restore will do: computed without touching anything, shown, then carried out unchanged. */
export interface RestorePlan {
  request: RestoreRequest;
  vmId: number;
  vmName: string;
  imageId: number;
  incrementId: number;
  /** Epoch ms of the point. */
  pointAt: number;
  datastore: { id: number; name: string; freeMb: number };
  disks: PlanDisk[];
  totalBytesToRead: number | null;
  totalVirtualSize: number;
  templateName: string | null;
  templateBefore: Template;
  templateAfter: Template | null;
  diff: TemplateDiffLine[];
  steps: PlanStep[];
  checks: PlanCheck[];
  /** True when no check is an error. */
  isRunnable: boolean;
}

/** What a finished restore made. */
export interface RestoreResult {
  templateId: number | null;
  imageIds: number[];
  vmId: number | null;
  /** The run that attached the disk to another VM; `error`: why it could not, the image is there all the same. */
  attach?: { actionId: number | null; vmId: number; error: string | null };
}

/** A VM, alive or gone, that has points to restore (wizard step 1). */
export interface RestoreSource {
  vmId: number;
  vmName: string;
  /** False when only its backups are left. */
  exists: boolean;
  pointCount: number;
  /** Epoch ms. */
  newestPointAt: number;
  storedBytes: number;
}
