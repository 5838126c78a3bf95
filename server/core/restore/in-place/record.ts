import type { Tx } from "../../../db/tx";
import { closed } from "../../../domain/backup-config-merge";
import { AppError, reasonOf } from "../../../domain/errors";
import type { InPlaceResult } from "../../../domain/in-place";
import { restoredVm } from "../../../domain/in-place-plan";
import type { Outcome } from "../../../lib/outcome";
import type { Recorded, Run } from "../../action/handler";
import { appendEvent } from "../../event/append";
import { lockVm } from "../../lock";
import { changeQuota } from "../../quota/commands";
import { transitionVm } from "../../transition";
import { parseVm } from "../../vm/rows";
import { InPlaceInput } from "./request";
import type { RestoredSizes } from "./run";

const MIB = 1024 * 1024;
/** OpenNebula's history action `restore`. */
const HISTORY_RESTORE = 60;

/** The VM powered off again: with the restored disks, no snapshots of the old ones and a closed chain, or as it was. */
export async function recordInPlace(
  tx: Tx,
  run: Run,
  worked: Outcome<InPlaceResult & { sizes: RestoredSizes }>,
): Promise<Recorded> {
  const input = InPlaceInput.parse(run.action.input);
  if (worked.ok) await applyRestored(tx, input, worked.value.sizes);
  await lockVm(tx, input.request.vmId);
  const vm = await tx.vm.findUniqueOrThrow({ where: { id: input.request.vmId } });
  const isCancel = !worked.ok && worked.error instanceof AppError && worked.error.code === "CANCELLED";
  const error = worked.ok || isCancel ? null : reasonOf(worked.error);
  // Without the lock of this run (its safety point failed, or somebody was quicker) the state is somebody else's.
  if (vm.state === "RESTORE") await transitionVm(tx, vm, "restore.end", { error });
  const { safetyActionId } = input;
  if (!worked.ok) return { result: { vmId: vm.id, safetyActionId } };
  const { sizes: _sizes, ...result } = worked.value;
  const bytes = input.disks.reduce((sum, disk) => sum + disk.bytesToRead, 0);
  return { result: { ...result, safetyActionId }, bytes: BigInt(bytes) };
}

/** The inventory after the swap; repeatable. `sizes` null: those of the plan. */
export async function applyRestored(tx: Tx, input: InPlaceInput, sizes: RestoredSizes | null): Promise<null> {
  const { vmId } = input.request;
  await lockVm(tx, vmId);
  const vm = parseVm(await tx.vm.findUniqueOrThrow({ where: { id: vmId } }));
  const sizesMb = new Map((sizes ?? input.disks).map((disk) => [disk.diskId, Math.ceil(disk.virtualSize / MIB)]));
  await tx.vm.update({
    where: { id: vmId },
    data: { ...restoredVm(vm, sizesMb), backupConfig: { ...vm.backupConfig, ...closed(input.reason) } },
  });
  for (const { diskId, imageId } of input.disks) {
    const sizeMb = sizesMb.get(diskId);
    const image = imageId === null ? null : await tx.image.findUnique({ where: { id: imageId } });
    if (image === null || sizeMb === undefined || image.sizeMb === sizeMb) continue;
    await tx.image.update({ where: { id: image.id }, data: { sizeMb } });
    // Back to a size it had: never refused, also when it grows over a limit that came later.
    await changeQuota(tx, image, image.datastoreId, { sizeMb: Math.min(0, sizeMb - image.sizeMb), images: 0 });
    await appendEvent(tx, { topic: "image", objectId: image.id, type: "size" });
  }
  const last = await tx.vmHistory.findFirst({ where: { vmId }, orderBy: { seq: "desc" }, select: { seq: true } });
  if (last !== null) {
    await tx.vmHistory.update({ where: { vmId_seq: { vmId, seq: last.seq } }, data: { action: HISTORY_RESTORE } });
  }
  await appendEvent(tx, { topic: "vm", objectId: vmId, type: "restored" });
  return null;
}

/**
 * For a run that will never start, or that cannot end the ordinary way: then nobody knows which disks the VM has, and the
 * chain is closed to be safe.
 */
export async function releaseInPlace(tx: Tx, input: InPlaceInput, isUntouched: boolean, reason: string): Promise<void> {
  const { safetyActionId } = input;
  if (safetyActionId !== null) {
    await tx.action.updateMany({
      where: { id: safetyActionId, state: { in: ["PENDING", "RUNNING"] }, cancelRequested: null },
      data: { cancelRequested: new Date() },
    });
  }
  await lockVm(tx, input.request.vmId);
  const row = await tx.vm.findUnique({ where: { id: input.request.vmId } });
  if (row === null || row.state !== "RESTORE") return;
  const vm = parseVm(row);
  const also = isUntouched ? {} : { error: reason, backupConfig: { ...vm.backupConfig, ...closed(input.reason) } };
  await transitionVm(tx, vm, "restore.end", also);
}
