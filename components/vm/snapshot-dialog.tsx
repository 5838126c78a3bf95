"use client";

import { useMutation } from "@tanstack/react-query";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { VmDetail } from "@/server/domain/vm";
import { useDeviceRun } from "./use-device-run";

export interface ChosenSnapshot {
  verb: "revert" | "delete";
  id: number;
  name: string;
  /** Null: of the whole VM. */
  diskId: number | null;
}

/** Go back to a snapshot, which wants the VM's name, or delete it. */
export function SnapshotDialog({ vm, chosen, onClose }: { vm: VmDetail; chosen: ChosenSnapshot; onClose: () => void }) {
  const trpc = useTRPC();
  const taken = useDeviceRun(onClose);
  const { verb, id: snapshotId, name, diskId } = chosen;
  const isRevert = verb === "revert";
  const options = taken(isRevert ? t("Going back to {name}", { name }) : t("Deleting snapshot {name}", { name }));
  const revertDisk = useMutation(trpc.vm.revertDisk.mutationOptions(options));
  const deleteDisk = useMutation(trpc.vm.deleteDiskSnapshot.mutationOptions(options));
  const revertVm = useMutation(trpc.vm.revertSnapshot.mutationOptions(options));
  const deleteVm = useMutation(trpc.vm.deleteSnapshot.mutationOptions(options));
  const ofDisk = isRevert ? revertDisk : deleteDisk;
  const ofVm = isRevert ? revertVm : deleteVm;
  const used = diskId === null ? ofVm : ofDisk;
  const what = diskId === null ? vm.name : t("disk {diskId} of {name}", { diskId, name: vm.name });
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        isRevert
          ? t("Put {what} back to snapshot “{name}”?", { what, name })
          : t("Delete snapshot “{name}” of {what}?", { name, what })
      }
      consequences={isRevert ? revertConsequences(vm, diskId) : deleteConsequences(diskId)}
      confirmLabel={isRevert ? t("Revert") : t("Delete snapshot")}
      {...(isRevert ? { cancelLabel: t("Leave it as it is") } : {})}
      {...(isRevert ? { typedName: vm.name } : {})}
      onConfirm={() =>
        diskId === null ? ofVm.mutate({ vmId: vm.id, snapshotId }) : ofDisk.mutate({ vmId: vm.id, diskId, snapshotId })
      }
      isBusy={used.isPending || used.isSuccess}
      error={used.isError ? errorMessage(used.error) : null}
    />
  );
}

function revertConsequences(vm: VmDetail, diskId: number | null): string[] {
  const lines = [
    diskId === null
      ? t("The guest goes on from that moment: memory and all disks. What happened since is lost.")
      : t("What was written to disk {diskId} since then is lost. Other disks stay as they are.", { diskId }),
    t("Snapshots and restore points stay. Take a snapshot or a backup first to be able to come back."),
  ];
  if (vm.backupConfig.incrementalBackupId !== -1) {
    lines.push("The open chain is closed: the next backup is a full one.");
  }
  return lines;
}

function deleteConsequences(diskId: number | null): string[] {
  return [
    diskId === null
      ? t("The VM cannot be put back to that moment any more.")
      : t("Disk {diskId} stays as it is.", { diskId }),
    t("Other snapshots stay."),
  ];
}
