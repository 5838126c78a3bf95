import { withTx } from "../../db/tx";
import { dropAfterDelete } from "../../domain/chain";
import { appError } from "../../domain/errors";
import { BACKUP_STATES, type VmState } from "../../domain/states";
import { enqueue } from "../action/enqueue";
import { authorizeImage, requireUnlocked } from "../authorize";
import { lockChainAlone } from "../chain-lock";
import type { Ctx } from "../context";
import { lockVm } from "../lock";
import { requireUnpinned } from "../retention/pins";
import { transitionImage } from "../transition";
import { usersOfImage } from "../vm/images";
import { parseVm } from "../vm/rows";

/**
 * Delete an image; a backup goes with all its points. Refused while somebody reads or writes it: the VM's backup or
 * flatten (drivers-and-core §2.5), a restore, a VM that has it as a disk.
 * @param options.force the image goes from the inventory even when its files cannot be removed; pinned points it spares
 */
export async function requestImageDelete(
  ctx: Ctx,
  imageId: number,
  options: { force?: boolean } = {},
): Promise<{ actionId: number }> {
  return await withTx(ctx.core.db, async (tx) => {
    const before = await tx.image.findUnique({ where: { id: imageId }, select: { vmId: true } });
    if (before !== null && before.vmId !== null) await lockVm(tx, before.vmId);
    await lockChainAlone(tx, imageId);
    const image = await authorizeImage(tx, ctx.actor, "MANAGE", imageId);
    // A locked image goes by nobody's hand, whatever the level (jobs-api-cli §4.5).
    await requireUnlocked(tx, "ADMIN", image, { object: "image", id: imageId });
    await requireUnpinned(tx, ctx, imageId);
    const row = image.vmId === null ? null : await tx.vm.findUnique({ where: { id: image.vmId } });
    if (image.type === "BACKUP" && row !== null && row.state !== "DONE") {
      const { state, backupConfig } = parseVm(row);
      const isBackingUp = BACKUP_STATES.includes(state as VmState);
      if (backupConfig.activeFlatten || isBackingUp) throw appError("BACKUP_IMAGE_BUSY");
      // From here on no increment goes into it, also when the deletion fails half-way.
      await tx.vm.update({ where: { id: row.id }, data: { backupConfig: dropAfterDelete(backupConfig, imageId) } });
    }
    const vmIds = await usersOfImage(tx, imageId, null);
    if (vmIds.length > 0) throw appError("IMAGE_IN_USE", { imageId, vmIds });

    // Merging goes on when its VM is deleted meanwhile.
    if (image.type === "BACKUP" && image.state === "LOCKED") throw appError("BACKUP_IMAGE_BUSY");
    await transitionImage(tx, image, "delete", { error: null });
    const actionId = await enqueue(tx, {
      kind: "image-delete",
      actor: ctx.actor,
      input: { imageId, force: options.force ?? false },
      vmId: image.vmId,
      vmName: image.vmName ?? row?.name ?? null,
      imageId,
      datastoreId: image.datastoreId,
    });
    return { actionId };
  });
}
