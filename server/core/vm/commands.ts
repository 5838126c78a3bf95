import type { BackupConfigInput } from "../../domain/backup-config";
import { mergeBackupConfig } from "../../domain/backup-config-merge";
import { appError } from "../../domain/errors";
import { CONFIGURABLE_STATES, type VmState } from "../../domain/states";
import { text } from "../../domain/template";
import { canIncrement, eligibleDiskIds, overlayBlock } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import { writeAudit } from "../audit";
import { type Ctx, inTx } from "../context";
import { appendEvent } from "../event/append";
import { lockVm } from "../lock";
import { transitionVm } from "../transition";
import { authorizeVmOperation } from "../vm-operations";
import { parseVm } from "./rows";

/**
 * Change the backup settings (updateconf). Replace: absent keys go back to their defaults; append: they stay.
 * @returns whether the open chain was closed by the change.
 */
export async function updateBackupConfig(
  ctx: Ctx,
  input: { vmId: number; config: BackupConfigInput; append?: boolean },
): Promise<{ chainClosed: boolean }> {
  return await inTx(ctx, async (tx) => {
    await lockVm(tx, input.vmId);
    const vm = parseVm(await authorizeVmOperation(tx, ctx.actor, "updateconf", input.vmId));
    const append = input.append ?? false;
    const state = vm.state as VmState;
    if (!CONFIGURABLE_STATES.includes(state)) throw appError("BACKUP_CONFIG_LOCKED", { state });
    const backupVolatile = input.config.backupVolatile ?? (append && vm.backupConfig.backupVolatile);
    const possible = canIncrement(
      vm.template,
      { backupVolatile },
      { tmMad: text(vm.template, "TM_MAD_SYSTEM") ?? "", hasSystemSnapshots: "SNAPSHOT" in vm.template },
    );
    const config = mergeBackupConfig(vm.backupConfig, input.config, {
      append,
      canIncrement: possible.ok,
      overlayBlock: overlayBlock(vm),
      eligibleDiskIds: eligibleDiskIds(vm.template, { backupVolatile }),
      onImpossible: "error",
      ...(possible.ok ? {} : { impossibleReason: possible.reason }),
    });
    // Compare-and-set on the state: a backup that starts meanwhile must not see its settings change.
    const { count } = await tx.vm.updateMany({ where: { id: vm.id, state }, data: { backupConfig: config } });
    if (count !== 1) throw appError("BACKUP_CONFIG_LOCKED", { state: "BACKUP" });
    await appendEvent(tx, { topic: "vm", objectId: vm.id, type: "config" });
    await writeAudit(tx, ctx.actor, {
      what: "backup-config",
      object: "vm",
      objectId: vm.id,
      data: { ...input.config },
    });
    return { chainClosed: vm.backupConfig.incrementalBackupId !== -1 && config.incrementalBackupId === -1 };
  });
}

/** Delete a powered-off VM: its own disks and links go, its backups and the files it was registered from stay. */
export async function requestVmDelete(ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  return await inTx(ctx, async (tx) => {
    const vm = await authorizeVmOperation(tx, ctx.actor, "terminate", vmId);
    await transitionVm(tx, vm, "delete");
    const actionId = await enqueue(tx, {
      kind: "vm-delete",
      actor: ctx.actor,
      input: { vmId },
      vmId,
      vmName: vm.name,
      hostId: vm.hostId,
    });
    return { actionId };
  });
}
