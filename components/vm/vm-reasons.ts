import { t } from "@/components/i18n/t";
import { inPlaceProblem } from "@/server/domain/in-place-checks";
import { BACKUP_STATES, nextState, VM_TRANSITIONS } from "@/server/domain/states";
import type { VmDetail } from "@/server/domain/vm";
import { includedDisks } from "./policy-state";

type Asked = Pick<VmDetail, "id" | "state" | "runningActionId" | "may">;

/** Why this VM cannot be backed up now, null when it can. */
export function backupReason(vm: Asked & Pick<VmDetail, "disks" | "backupConfig">): string | null {
  if (!vm.may.backup) return t("You need the ADMIN right on VM {id}. An administrator can grant it.", { id: vm.id });
  if (isBusy(vm)) return t("A backup of this VM is waiting or running. Wait for it, or cancel it.");
  if (nextState(VM_TRANSITIONS, vm.state, "backup") === null) {
    return t("A VM in state {state} cannot be backed up. It must be running or powered off.", { state: vm.state });
  }
  if (vm.backupConfig.activeFlatten)
    return t("Old points of its chain are being merged. Wait for that run, or cancel it.");
  if (includedDisks(vm.disks, vm.backupConfig).length === 0) {
    return t("No disk of this VM is in the backup. Change that under Policy.");
  }
  return null;
}

/** Why this VM cannot be deleted now, null when it can. */
export function deleteReason(vm: Asked): string | null {
  if (!vm.may.delete)
    return t("You need the MANAGE right on VM {id}. Its owner or an administrator can grant it.", { id: vm.id });
  if (isBusy(vm)) return t("A backup of this VM is waiting or running. Wait for it, or cancel it.");
  return nextState(VM_TRANSITIONS, vm.state, "delete") === null
    ? t("A VM in state {state} cannot be deleted. Power it off first.", { state: vm.state })
    : null;
}

/** Why this VM's own disks cannot be restored now, null when they can. */
export function inPlaceReason(vm: Asked & Pick<VmDetail, "pointCount">): string | null {
  if (vm.pointCount === 0) return t("This VM has no restore point yet. Back it up first.");
  if (isBusy(vm)) return t("A backup of this VM is waiting or running. Wait for it, or cancel it.");
  return inPlaceProblem(vm);
}

/** Why the backup settings cannot be changed now, null when they can. */
export function configureReason(vm: Asked): string | null {
  if (!vm.may.configure)
    return t("You need the MANAGE right on VM {id}. Its owner or an administrator can grant it.", { id: vm.id });
  return isBusy(vm) ? t("The settings are frozen while the VM is being backed up.") : null;
}

/** Why this VM cannot be started, shut down or restarted now, null when it can. */
export function powerReason(
  vm: Pick<VmDetail, "id" | "state" | "power">,
  what: "start" | "poweroff" | "reboot",
): string | null {
  const { may, right } = vm.power[what === "start" ? "resume" : what];
  if (!may)
    return t("You need the {right} right on VM {id}. Its owner or an administrator can grant it.", {
      right,
      id: vm.id,
    });
  if (BACKUP_STATES.includes(vm.state))
    return t("A backup of this VM is waiting or running. Wait for it, or cancel it.");
  if (what === "start") {
    if (vm.state === "RUNNING" || vm.state === "UNKNOWN") return t("It runs already.");
    return nextState(VM_TRANSITIONS, vm.state, "start") === null ? busyText() : null;
  }
  if (vm.state === "POWEROFF") return t("It is powered off.");
  if (what === "reboot") return vm.state === "RUNNING" ? null : busyText();
  return nextState(VM_TRANSITIONS, vm.state, "poweroff") === null ? busyText() : null;
}

function busyText(): string {
  return t("Another operation works on this VM. Wait until it ends.");
}

function isBusy(vm: Pick<VmDetail, "state" | "runningActionId">): boolean {
  return vm.runningActionId !== null || BACKUP_STATES.includes(vm.state);
}
