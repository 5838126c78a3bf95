import type { Tx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { type ScheduledAction, VM_ACTIONS } from "../../domain/schedule/action";
import { admitBackup } from "../backup/request";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { requestVmDelete } from "../vm/commands";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "../vm/disk-snapshot";
import { admitPoweroff, admitReboot, admitStart } from "../vm/power";
import { requestSystemRevert, requestSystemSnapshot, requestSystemSnapshotDelete } from "../vm/system-snapshot";

export interface Slot {
  scheduleId: number;
  slot: bigint;
}

type Queue = (tx: Tx, ctx: Ctx, vmId: number, args: readonly string[]) => Promise<{ actionId: number }>;

/** What each action asks for; the arguments have the form of §2.6. */
const QUEUE: Readonly<Record<Exclude<keyof typeof VM_ACTIONS, "backup">, Queue>> = {
  terminate: (_tx, ctx, vmId) => requestVmDelete(ctx, vmId),
  "terminate-hard": (_tx, ctx, vmId) => requestVmDelete(ctx, vmId),
  resume: (tx, ctx, vmId) => admitStart(tx, ctx, vmId),
  reboot: (tx, ctx, vmId) => admitReboot(tx, ctx, vmId),
  poweroff: (tx, ctx, vmId) => admitPoweroff(tx, ctx, { vmId, isHard: false }),
  "poweroff-hard": (tx, ctx, vmId) => admitPoweroff(tx, ctx, { vmId, isHard: true }),
  "snapshot-create": (_tx, ctx, vmId, [name = ""]) => requestSystemSnapshot(ctx, { vmId, name }),
  "snapshot-revert": (_tx, ctx, vmId, [id]) => requestSystemRevert(ctx, { vmId, snapshotId: number(id) }),
  "snapshot-delete": (_tx, ctx, vmId, [id]) => requestSystemSnapshotDelete(ctx, { vmId, snapshotId: number(id) }),
  "disk-snapshot-create": (_tx, ctx, vmId, [diskId, name = ""]) =>
    requestDiskSnapshot(ctx, { vmId, diskId: number(diskId), name }),
  "disk-snapshot-revert": (_tx, ctx, vmId, [diskId, id]) =>
    requestDiskRevert(ctx, { vmId, diskId: number(diskId), snapshotId: number(id) }),
  "disk-snapshot-delete": (_tx, ctx, vmId, [diskId, id]) =>
    requestDiskSnapshotDelete(ctx, { vmId, diskId: number(diskId), snapshotId: number(id) }),
};

/**
 * Queue what a schedule of a VM asks for, in the transaction that marks its slot as done; the action carries the slot under
 * a unique key.
 * @throws SCHEDULE_INVALID for arguments that make no sense; whatever the operation itself refuses with
 */
export async function runVmAction(
  tx: Tx,
  core: Core,
  actor: Actor,
  schedule: ScheduledAction,
  slot: Slot,
): Promise<void> {
  const { action, parentId: vmId } = schedule;
  const args = schedule.args.split(",").map((word) => word.trim());
  requireForm(action, args);
  if (action === "backup") {
    const [datastoreId, reset] = args;
    const request = { vmId, datastoreId: number(datastoreId), reset: reset === "1" };
    await admitBackup(tx, actor, request, { schedule: slot });
    return;
  }
  const { actionId } = await QUEUE[action as keyof typeof QUEUE](tx, { core, actor, tx }, vmId, args);
  await tx.action.update({ where: { id: actionId }, data: slot });
}

/** ARGS are looked at when the action runs, as in the reference, with its words. */
function requireForm(action: string, args: readonly string[]): void {
  if (!Object.hasOwn(VM_ACTIONS, action))
    throw appError("SCHEDULE_INVALID", { message: `${action} is not supported.` });
  const form = VM_ACTIONS[action as keyof typeof VM_ACTIONS];
  if (form === null) return;
  const names = form.split(", ");
  const isRight = names.every((name, index) => {
    const word = args[index] ?? "";
    if (name === "reset") return /^[01]?$/.test(word);
    return name === "snapshot-name" ? word !== "" : /^\d{1,9}$/.test(word);
  });
  if (!isRight) {
    throw appError("SCHEDULE_INVALID", { message: `Missing or malformed ARGS for: ${action}. Format: ${form}` });
  }
}

function number(word: string | undefined): number {
  return Number(word ?? Number.NaN);
}
