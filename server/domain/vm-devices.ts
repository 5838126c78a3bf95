import { z } from "zod";
import { SnapshotName } from "./disk-snapshots";
import { ObjectId } from "./ids";

const VmRef = z.object({ vmId: ObjectId });
const DiskId = z.number().int().min(0).max(9999);
/** 64 TiB in MiB, the most a disk may have. */
const SizeMb = z
  .number()
  .int("Give whole MiB")
  .min(1, "Give at least 1 MiB")
  .max(64 * 1024 * 1024, "A disk has at most 64 TiB");

/** Add a disk: a copy of an image, or an empty one that lives as long as the VM. */
export const AttachDisk = VmRef.extend({
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("image"), imageId: ObjectId }),
    z.object({ kind: z.literal("volatile"), sizeMb: SizeMb, format: z.enum(["qcow2", "raw"]).default("qcow2") }),
  ]),
  /** Device, e.g. vdb; null: the first that is free. */
  target: z
    .string()
    .regex(/^(vd|sd|hd)[a-z]$/, "Give a device such as vdb")
    .nullable()
    .default(null),
});
export type AttachDisk = z.infer<typeof AttachDisk>;

export const DetachDisk = VmRef.extend({ diskId: DiskId });
export type DetachDisk = z.infer<typeof DetachDisk>;

export const ResizeDisk = VmRef.extend({ diskId: DiskId, sizeMb: SizeMb });
export type ResizeDisk = z.infer<typeof ResizeDisk>;

export const CreateDiskSnapshot = VmRef.extend({ diskId: DiskId, name: SnapshotName.default("") });
export type CreateDiskSnapshot = z.infer<typeof CreateDiskSnapshot>;

export const DiskSnapshotRef = VmRef.extend({ diskId: DiskId, snapshotId: ObjectId });
export type DiskSnapshotRef = z.infer<typeof DiskSnapshotRef>;

export const CreateSystemSnapshot = VmRef.extend({ name: SnapshotName.default("") });
export type CreateSystemSnapshot = z.infer<typeof CreateSystemSnapshot>;

export const SystemSnapshotRef = VmRef.extend({ snapshotId: ObjectId });
export type SystemSnapshotRef = z.infer<typeof SystemSnapshotRef>;
