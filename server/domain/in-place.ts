import { z } from "zod";
import { ObjectId } from "./ids";
import type { CheckLevel, PlanStep } from "./restore";

/** Restore of a backup onto the disks of the VM it was taken of (one.vm.restore). The VM must be powered off. */
export const InPlaceRequest = z.object({
  vmId: ObjectId,
  imageId: ObjectId,
  /** Null: the newest point. */
  incrementId: z.number().int().min(0).nullable().default(null),
  /** Null: every disk that the point and the VM have. */
  diskId: z.number().int().min(0).max(999_999).nullable().default(null),
  /** Back up the present state first; nothing is overwritten when that fails. */
  safetyPoint: z.boolean().default(true),
  /** Where the safety point goes when no chain is open. */
  safetyDatastoreId: ObjectId.nullable().default(null),
});
export type InPlaceRequest = z.infer<typeof InPlaceRequest>;

/** One disk that will be overwritten. */
export interface InPlaceDisk {
  diskId: number;
  target: string;
  /** File on the host whose content goes. */
  path: string;
  /** Bytes: as it is now, and as it will be. */
  sizeNow: number;
  virtualSize: number;
  bytesToRead: number | null;
  chainLength: number;
  /** Image that is the disk itself (persistent) and so gets the old content; null for a disk of the VM alone. */
  persistentImage: { id: number; name: string } | null;
}

export interface LostSnapshot {
  /** Null: of the whole VM. */
  diskId: number | null;
  name: string;
  /** Epoch ms; null when unknown. */
  at: number | null;
}

export interface InPlaceCheck {
  id:
    | "state"
    | "point"
    | "verification"
    | "permissions"
    | "capacity"
    | "disks"
    | "size"
    | "snapshots"
    | "chain"
    | "safety";
  level: CheckLevel;
  text: string;
}

/** What an in-place restore will do: computed without touching anything, shown, then carried out unchanged. */
export interface InPlacePlan {
  request: InPlaceRequest;
  vmId: number;
  vmName: string;
  hostName: string;
  imageId: number;
  incrementId: number;
  /** Epoch ms of the point. */
  pointAt: number;
  /** Overwritten. */
  disks: InPlaceDisk[];
  /** Disks of the VM that stay as they are, and why. */
  untouched: { diskId: number; why: string }[];
  lostSnapshots: LostSnapshot[];
  /** Image of the chain that the VM's next increment will not go into; null when none is open. */
  closedChain: number | null;
  /** Null: none is wanted. */
  safety: SafetyPlan | null;
  totalBytesToRead: number | null;
  totalVirtualSize: number;
  steps: PlanStep[];
  checks: InPlaceCheck[];
  /** True when no check is an error. */
  isRunnable: boolean;
}

export interface SafetyPlan {
  datastoreName: string;
  isIncrement: boolean;
  /** Bytes it may take at most. */
  estimateBytes: number;
}

/** Result of the action, for links. */
export interface InPlaceResult {
  vmId: number;
  diskIds: number[];
  /** The point that holds the state before; null: there was no safety point. */
  undo: { imageId: number; incrementId: number } | null;
}

/** Why the chain of a restored VM is closed; completes "the next backup is a full one: …". */
export function inPlaceReason(plan: Pick<InPlacePlan, "imageId" | "incrementId">, diskIds: readonly number[]): string {
  const disks = diskIds.length === 1 ? `disk ${diskIds.join()} was` : `disks ${diskIds.join(", ")} were`;
  return `${disks} put back to increment ${plan.incrementId} of backup ${plan.imageId}`;
}
