import { t } from "@/components/i18n/t";
import { BACKUP_STATES, nextState, VM_TRANSITIONS, type VmEvent } from "@/server/domain/states";
import type { DeviceOperation, VmDetail, VmDisk } from "@/server/domain/vm";

export type DeviceVm = Pick<
  VmDetail,
  "id" | "state" | "operations" | "backupConfig" | "snapshots" | "operationActionId"
>;

/** Why a disk cannot be attached now, null when it can. Each reason below reads the same way. */
export function attachReason(vm: DeviceVm): string | null {
  return stateReason(vm, "disk-attach", "attach", t("running or powered off"));
}

export function detachReason(vm: DeviceVm, disk: Pick<VmDisk, "diskId">): string | null {
  const reason = stateReason(vm, "disk-attach", "detach", t("running or powered off"));
  if (reason !== null) return reason;
  return hasSnapshots(vm, disk) ? t("It has snapshots, which would go with it. Delete them first.") : null;
}

export function resizeReason(vm: DeviceVm, disk: Pick<VmDisk, "diskId" | "type">): string | null {
  const reason = stateReason(vm, "disk-resize", "disk-resize", t("powered off"));
  if (reason !== null) return reason;
  if (disk.type === "CDROM") return t("A CD-ROM cannot be resized.");
  const blocks = hasSnapshots(vm, disk) || vm.snapshots.system.length > 0;
  return blocks ? t("Snapshots are of its present size. Delete them first.") : null;
}

export function diskSnapshotReason(vm: DeviceVm, disk: Pick<VmDisk, "type" | "format">): string | null {
  const reason = stateReason(vm, "disk-snapshot", "disk-snapshot.create", t("running or powered off"));
  if (reason !== null) return reason;
  if (disk.type === "CDROM" || disk.format !== "qcow2") return t("Only qcow2 disks have snapshots.");
  return incrementReason(vm);
}

export function diskRevertReason(vm: DeviceVm): string | null {
  return stateReason(vm, "disk-snapshot", "disk-snapshot.revert", t("powered off"));
}

export function diskSnapshotDeleteReason(vm: DeviceVm): string | null {
  return stateReason(vm, "disk-snapshot", "disk-snapshot.delete", t("running or powered off"));
}

export function systemSnapshotReason(vm: DeviceVm & Pick<VmDetail, "disks">): string | null {
  const reason = systemChangeReason(vm) ?? incrementReason(vm);
  if (reason !== null) return reason;
  const raw = vm.disks.find((disk) => disk.format === "raw" && !disk.type.includes("CDROM"));
  return raw === undefined
    ? null
    : t("Disk {diskId} is raw; a snapshot with memory needs qcow2 disks.", { diskId: raw.diskId });
}

/** Reverting to a system snapshot, or deleting one. */
export function systemChangeReason(vm: DeviceVm): string | null {
  return stateReason(vm, "snapshot", "snapshot", "running");
}

function hasSnapshots(vm: DeviceVm, disk: Pick<VmDisk, "diskId">): boolean {
  return vm.snapshots.disks.some((each) => each.diskId === disk.diskId && each.snapshots.length > 0);
}

function incrementReason(vm: DeviceVm): string | null {
  return vm.backupConfig.mode === "INCREMENT"
    ? t("Snapshots and incremental backups break each other. Set the backup mode to Full under Policy first.")
    : null;
}

function stateReason(vm: DeviceVm, operation: DeviceOperation, event: VmEvent, wanted: string): string | null {
  const { may, right } = vm.operations[operation];
  if (!may)
    return t("You need the {right} right on VM {id}. Its owner or an administrator can grant it.", {
      right,
      id: vm.id,
    });
  if (BACKUP_STATES.includes(vm.state))
    return t("A backup of this VM is waiting or running. Wait for it, or cancel it.");
  if (nextState(VM_TRANSITIONS, vm.state, event) !== null) return null;
  if (vm.operationActionId !== null)
    return t("Run {operationActionId} is changing this VM. Wait for it.", { operationActionId: vm.operationActionId });
  return t("The VM is {state}; it must be {wanted}.", { state: vm.state, wanted });
}
