import type { Tx } from "../../db/tx";
import type { VmState } from "../../domain/states";
import { BackupInput } from "../backup/request";
import { changeQuota } from "../quota/commands";
import { forgetRestore } from "../restore/record";
import { RestoreInput } from "../restore/request";
import { transitionImage, transitionVm } from "../transition";

/** Undo what a request prepared for an action that will never start. */
export async function releaseQueued(
  tx: Tx,
  action: { kind: string; vmId: number | null; imageId: number | null; input: unknown },
): Promise<void> {
  if (action.kind === "backup" && action.vmId !== null) {
    const vm = await tx.vm.findUnique({ where: { id: action.vmId }, select: { id: true, state: true } });
    const state = vm?.state as VmState | undefined;
    if (vm !== null && (state === "BACKUP" || state === "BACKUP_POWEROFF")) await transitionVm(tx, vm, "backup.end");
    const input = BackupInput.parse(action.input);
    if (vm !== null) {
      const owner = await tx.vm.findUniqueOrThrow({ where: { id: vm.id }, select: { uid: true, gid: true } });
      await changeQuota(tx, owner, input.datastoreId, { sizeMb: -input.estimateMb, images: -input.reservedImages });
    }
  }
  if (action.kind === "restore") await forgetRestore(tx, RestoreInput.parse(action.input));
  if (action.kind === "demo-change" && action.vmId !== null) {
    const vm = await tx.vm.findUnique({ where: { id: action.vmId }, select: { id: true, state: true } });
    if (vm?.state === "HOTPLUG_PROLOG_POWEROFF") await transitionVm(tx, vm, "disk.end");
  }
  if (action.kind === "image-delete" && action.imageId !== null) {
    const image = await tx.image.findUnique({ where: { id: action.imageId }, select: { id: true, state: true } });
    if (image?.state === "DELETE") {
      await transitionImage(tx, image, "delete.failed", { error: "Deletion was cancelled before it began." });
    }
  }
  if ((action.kind === "instantiate" || action.kind === "vm-delete") && action.vmId !== null) {
    const vm = await tx.vm.findUnique({ where: { id: action.vmId }, select: { id: true, state: true } });
    if (vm?.state === "PROLOG") await transitionVm(tx, vm, "prolog.failed", { error: "Cancelled before it began." });
    if (vm?.state === "EPILOG") await transitionVm(tx, vm, "epilog.failed", { error: "Cancelled before it began." });
  }
}
