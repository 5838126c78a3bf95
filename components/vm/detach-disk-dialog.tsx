"use client";

import { useMutation } from "@tanstack/react-query";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatMb } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { VmDetail, VmDisk } from "@/server/domain/vm";
import { useDeviceRun } from "./use-device-run";

interface DetachDiskDialogProps {
  vm: VmDetail;
  disk: VmDisk;
  onClose: () => void;
}

/** Detach a disk: what becomes of its data, and of the open chain. A disk whose data goes wants the VM's name. */
export function DetachDiskDialog({ vm, disk, onClose }: DetachDiskDialogProps) {
  const trpc = useTRPC();
  const taken = useDeviceRun(onClose);
  const detach = useMutation(
    trpc.vm.detachDisk.mutationOptions(taken(t("Detaching disk {diskId}", { diskId: disk.diskId }))),
  );
  const isLost = disk.isVolatile || disk.imageId !== null;
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("Detach disk {diskId} ({target}) of {name}?", {
        diskId: disk.diskId,
        target: disk.target,
        name: vm.name,
      })}
      consequences={detachConsequences(vm, disk)}
      confirmLabel={t("Detach disk")}
      {...(isLost ? { typedName: vm.name } : {})}
      onConfirm={() => detach.mutate({ vmId: vm.id, diskId: disk.diskId })}
      isBusy={detach.isPending || detach.isSuccess}
      error={detach.isError ? errorMessage(detach.error) : null}
    />
  );
}

function detachConsequences(vm: VmDetail, disk: VmDisk): string[] {
  const { backupConfig: config } = vm;
  const lines = [
    disk.isVolatile || disk.imageId !== null
      ? t("Its data, up to {sizeMb}, is deleted. Restore points that hold the disk keep it.", {
          sizeMb: formatMb(disk.sizeMb),
        })
      : t("Its file stays where it is; only the link to it goes."),
  ];
  if (vm.state === "RUNNING") lines.push("The guest must let go of it: unmount it there first.");
  if (disk.isIncluded && config.incrementalBackupId !== -1) {
    lines.push("The open chain is closed: the next backup is a full one. Its points stay restorable.");
  }
  if (config.diskIds.length === 1 && config.diskIds[0] === disk.diskId) {
    lines.push("It is the only disk chosen for backups: afterwards all disks of the VM are backed up.");
  }
  return lines;
}
