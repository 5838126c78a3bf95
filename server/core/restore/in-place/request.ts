import { z } from "zod";
import { withTx } from "../../../db/tx";
import { appError } from "../../../domain/errors";
import type { InPlacePlan } from "../../../domain/in-place";
import { InPlaceRequest, inPlaceReason } from "../../../domain/in-place";
import { enqueue } from "../../action/enqueue";
import { admitBackup } from "../../backup/request";
import type { Ctx } from "../../context";
import { lockImage, lockVm } from "../../lock";
import { transitionVm } from "../../transition";
import { requireVmOperation } from "../../vm-operations";
import { planInPlaceFor } from "./plan";

/** What the run needs, decided once: exactly the disks and the point of the plan. */
export const InPlaceInput = z.object({
  request: InPlaceRequest,
  incrementId: z.number().int(),
  disks: z
    .array(
      z.object({
        diskId: z.number().int(),
        bytesToRead: z.number(),
        /** Bytes; what the stored files say the disk will have. */
        virtualSize: z.number(),
        /** Image that is the disk itself; null for a disk of the VM alone. */
        imageId: z.number().int().nullable(),
      }),
    )
    .min(1),
  /** The run that backs up the present state first; null: none. */
  safetyActionId: z.number().int().nullable(),
  /** Why the chain is closed afterwards. */
  reason: z.string(),
});
export type InPlaceInput = z.infer<typeof InPlaceInput>;

/** What a restore would do to the VM's disks. Touches nothing. */
export async function getInPlacePlan(ctx: Ctx, raw: z.input<typeof InPlaceRequest>): Promise<InPlacePlan> {
  return (await planInPlaceFor(ctx.core.db, ctx.actor, InPlaceRequest.parse(raw))).plan;
}

/**
 * Overwrite the disks of a powered-off VM with a point of its backups (one.vm.restore). The plan is made again in this
 * transaction and must be runnable. The VM is in RESTORE at once, or backs up its present state first.
 * @throws AppError RESTORE_CONFLICT with the first failed check
 */
export async function requestInPlaceRestore(
  ctx: Ctx,
  raw: z.input<typeof InPlaceRequest>,
): Promise<{ actionId: number; safetyActionId: number | null }> {
  const asked = InPlaceRequest.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    await lockVm(tx, asked.vmId);
    await lockImage(tx, asked.imageId); // a deletion that begins now sees this restore, or this restore sees it
    const { plan, vm, datastoreId, safetyDatastoreId } = await planInPlaceFor(tx, ctx.actor, asked);
    const failed = plan.checks.find((check) => check.level === "error");
    if (failed !== undefined) throw appError("RESTORE_CONFLICT", { message: failed.text });
    await requireVmOperation(tx, ctx.actor, "restore", vm); // the plan asked for the right, not for locks

    let safetyActionId: number | null = null;
    if (safetyDatastoreId !== null) {
      const { backupJobId } = vm.backupConfig;
      // A VM of a job is backed up by its job only; this one belongs to the restore and counts for no run of the job.
      const origin = backupJobId === null ? {} : { job: { jobId: backupJobId, runId: null } };
      const backup = { vmId: vm.id, datastoreId: safetyDatastoreId, reset: false };
      ({ actionId: safetyActionId } = await admitBackup(tx, ctx.actor, backup, origin));
    } else {
      await transitionVm(tx, vm, "restore");
    }
    const input: InPlaceInput = {
      request: asked,
      incrementId: plan.incrementId,
      disks: plan.disks.map((disk) => ({
        diskId: disk.diskId,
        bytesToRead: disk.bytesToRead ?? disk.virtualSize,
        virtualSize: disk.virtualSize,
        imageId: disk.persistentImage?.id ?? null,
      })),
      safetyActionId,
      reason: inPlaceReason(
        plan,
        plan.disks.map((disk) => disk.diskId),
      ),
    };
    const actionId = await enqueue(tx, {
      kind: "restore-in-place",
      actor: ctx.actor,
      input,
      vmId: vm.id,
      vmName: vm.name,
      imageId: plan.imageId,
      datastoreId,
      hostId: vm.hostId,
    });
    return { actionId, safetyActionId };
  });
}
