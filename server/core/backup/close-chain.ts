import { closeIfOpen } from "../../domain/backup-config-merge";
import { appError } from "../../domain/errors";
import { CONFIGURABLE_STATES, type VmState } from "../../domain/states";
import { writeAudit } from "../audit";
import { authorizeImage } from "../authorize";
import { type Ctx, inTx } from "../context";
import { appendEvent } from "../event/append";
import { lockVm } from "../lock";
import { parseVm } from "../vm/rows";
import { authorizeVmOperation } from "../vm-operations";

/**
 * Close the open chain of a VM: its next backup, whoever starts it, is a full one in a new chain. Nothing stored changes.
 * It is a change of the VM's backup settings and needs the same right (`updateconf`).
 *
 * @throws INVALID_INPUT when no VM goes on with it; BACKUP_CONFIG_LOCKED, VM_IMAGE_BUSY while a run uses the chain
 */
export async function closeChain(ctx: Ctx, imageId: number): Promise<void> {
  await inTx(ctx, async (tx) => {
    const { vmId } = await authorizeImage(tx, ctx.actor, "USE", imageId);
    const refuse = () =>
      appError("INVALID_INPUT", { message: `Backup ${imageId} is closed: no VM adds points to it any more.` });
    if (vmId === null) throw refuse();
    await lockVm(tx, vmId);
    const row = await tx.vm.findUnique({ where: { id: vmId }, select: { state: true } });
    if (row === null || row.state === "DONE") throw refuse();
    const vm = parseVm(await authorizeVmOperation(tx, ctx.actor, "updateconf", vmId));
    const { backupConfig: config } = vm;
    if (config.mode !== "INCREMENT" || config.incrementalBackupId !== imageId) throw refuse();
    const state = vm.state as VmState; // written only by the core
    if (!CONFIGURABLE_STATES.includes(state)) throw appError("BACKUP_CONFIG_LOCKED", { state });
    if (config.activeFlatten) throw appError("VM_IMAGE_BUSY", { vmId });
    const backupConfig = { ...config, ...closeIfOpen(config, `${ctx.actor.name} closed the chain`) };
    await tx.vm.update({ where: { id: vmId }, data: { backupConfig } });
    await appendEvent(tx, { topic: "vm", objectId: vmId, type: "config" });
    await appendEvent(tx, { topic: "image", objectId: imageId, type: "closed" });
    await writeAudit(tx, ctx.actor, { what: "close-chain", object: "image", objectId: imageId, data: { vmId } });
  });
}
