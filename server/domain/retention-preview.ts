import { z } from "zod";
import { BackupMode } from "./backup-config";
import { ObjectId } from "./ids";
import type { Merge, PointFate, RetentionPlan } from "./retention";
import { Gfs, type RetentionPolicy } from "./retention-policy";

/** Settings that are not saved yet: what would they do? */
export const TryPolicy = z.object({ keepLast: z.number().int().min(0).max(10_000), gfs: Gfs, mode: BackupMode });
export type TryPolicy = z.infer<typeof TryPolicy>;

export const PreviewRetention = z.object({
  vmId: ObjectId,
  /** Null: the settings that the next backup will have, which are those of its job for a VM in one. */
  policy: TryPolicy.nullable().default(null),
});
export type PreviewRetention = z.input<typeof PreviewRetention>;

export interface PreviewPoint extends PointFate {
  /** False for a backup of FULL mode. */
  isChain: boolean;
  /** The backup that is still to be made. */
  isNext: boolean;
  pin: Pin | null;
}

/** Everything that the next backup of a VM makes go, and why the rest stays. */
export interface RetentionPreview {
  vmId: number;
  vmName: string;
  policy: RetentionPolicy;
  /** The job whose settings these are; null: the VM's own, or unsaved ones. */
  jobId: number | null;
  next: {
    /** Epoch ms: when it is planned, or now when nothing is. */
    at: number;
    isPlanned: boolean;
    type: "FULL" | "INCREMENT";
  };
  /** Newest first. */
  points: PreviewPoint[];
  merges: Merge[];
  deletions: RetentionPlan["deletions"];
  /** Bytes that all of it frees at most; deletions free all of theirs. */
  freesAtMost: number;
  /** Points that no rule wants, which stay because of their chain. */
  heldByChain: number;
}

/** A point that retention and people leave alone. */
export interface Pin {
  /** Epoch ms. */
  at: number;
  /** Null: without end. */
  until: number | null;
  note: string;
  userName: string;
}

const MAX_PIN_DAYS = 36_500;

export const PinPoint = z.object({
  imageId: ObjectId,
  incrementId: ObjectId,
  /** Epoch ms, later than now; null: until somebody takes the pin away. */
  until: z
    .number()
    .int()
    .min(0)
    .max(Date.UTC(2200, 0, 1))
    .nullable(),
  note: z
    .string()
    .trim()
    .max(500)
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, "The note has control characters")
    .default(""),
});
export type PinPoint = z.input<typeof PinPoint>;

/** The end of a pin made at `now` for so many days; null for a number that makes no sense. */
export function pinEnd(days: number, now: number): number | null {
  return Number.isInteger(days) && days >= 1 && days <= MAX_PIN_DAYS ? now + days * 86_400_000 : null;
}
