import type { Tx } from "../../db/tx";
import { idleConfig } from "../backup/idle-config";
import { BackupInput } from "../backup/request";
import { endFlatten } from "../flatten/begin";
import { ImageCreateInput } from "../image/create";
import { lockVm } from "../lock";
import { settleQuota } from "../quota/commands";
import { releaseInPlace } from "../restore/in-place/record";
import { InPlaceInput } from "../restore/in-place/request";
import { forgetRestore } from "../restore/record";
import { RestoreInput } from "../restore/request";
import { transitionImage, transitionVm } from "../transition";
import { forgetAttach } from "../vm/attach";
import { endOperation } from "../vm/operation";
import { releasePower } from "../vm/power";
import { parseVm } from "../vm/rows";

/**
 * Give back what a request prepared, for an action that will never start or that cannot end the ordinary way: the VM's
 * state, the quota, the images and rows made in advance. `reason` is shown on what is left in a failure state.
 */
export async function releaseAction(
  tx: Tx,
  action: { kind: string; state: string; vmId: number | null; imageId: number | null; input: unknown },
  reason: string,
): Promise<void> {
  const { vmId, imageId } = action;
  switch (action.kind) {
    case "backup":
      return await releaseBackup(tx, BackupInput.parse(action.input));
    case "restore":
      return await forgetRestore(tx, RestoreInput.parse(action.input));
    case "restore-in-place":
      return await releaseInPlace(tx, InPlaceInput.parse(action.input), action.state === "PENDING", reason);
    case "image-create": {
      const { newImageId } = ImageCreateInput.parse(action.input);
      const image = await tx.image.findUnique({ where: { id: newImageId }, select: { id: true, state: true } });
      if (image?.state === "LOCKED") await transitionImage(tx, image, "copy.failed", { error: reason });
      return;
    }
    case "demo-change": {
      const vm = await readVm(tx, vmId);
      if (vm?.state === "HOTPLUG_PROLOG_POWEROFF") await transitionVm(tx, vm, "disk.end");
      return;
    }
    case "disk-attach":
      return await forgetAttach(tx, action.input);
    case "disk-detach":
    case "disk-resize":
    case "disk-snapshot-create":
    case "disk-snapshot-revert":
    case "disk-snapshot-delete":
    case "snapshot-create":
    case "snapshot-revert":
    case "snapshot-delete":
      if (vmId !== null) await endOperation(tx, vmId, () => ({}));
      return;
    case "image-delete": {
      const image =
        imageId === null
          ? null
          : await tx.image.findUnique({ where: { id: imageId }, select: { id: true, state: true, prevState: true } });
      if (image?.state !== "DELETE") return;
      // Nothing was removed yet: a backup that was fine before is fine again.
      if (image.prevState === "READY") await transitionImage(tx, image, "delete.cancelled");
      else await transitionImage(tx, image, "delete.failed", { error: reason });
      return;
    }
    case "vm-start":
    case "vm-poweroff":
      if (vmId !== null) await releasePower(tx, vmId);
      return;
    case "increment-flatten":
      return await endFlatten(tx, imageId, reason);
    case "instantiate":
    case "vm-delete": {
      const vm = await readVm(tx, vmId);
      // Whether the guest was cut off already, the host will say.
      if (vm?.state === "SHUTDOWN") await transitionVm(tx, vm, "delete.cancelled");
      if (vm?.state === "PROLOG") await transitionVm(tx, vm, "prolog.failed", { error: reason });
      if (vm?.state !== "EPILOG") return;
      if (vm.prevState === "POWEROFF") await transitionVm(tx, vm, "delete.cancelled");
      else await transitionVm(tx, vm, "epilog.failed", { error: reason });
    }
  }
}

async function readVm(tx: Tx, vmId: number | null) {
  return vmId === null
    ? null
    : await tx.vm.findUnique({ where: { id: vmId }, select: { id: true, state: true, prevState: true } });
}

async function releaseBackup(tx: Tx, input: BackupInput): Promise<void> {
  await lockVm(tx, input.vmId);
  const row = await tx.vm.findUnique({ where: { id: input.vmId } });
  if (row === null) return;
  const vm = parseVm(row);
  if (vm.state === "BACKUP" || vm.state === "BACKUP_POWEROFF") {
    await transitionVm(tx, vm, "backup.end", { backupConfig: idleConfig(vm.backupConfig) });
  }
  const reserved = { owner: input.owner ?? vm, sizeMb: input.estimateMb, images: input.reservedImages };
  await settleQuota(tx, input.datastoreId, reserved, null);
}
