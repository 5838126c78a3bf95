"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatMb } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { VmDetail } from "@/server/domain/vm";

interface DeleteVmDialogProps {
  vm: VmDetail;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Delete a VM: what goes, what stays, and its name to type. */
export function DeleteVmDialog({ vm, isOpen, onOpenChange }: DeleteVmDialogProps) {
  const trpc = useTRPC();
  const router = useRouter();
  const remove = useMutation(
    trpc.vm.delete.mutationOptions({ onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`) }),
  );
  const points = t(
    "{pointCount, plural, one {Its one restore point stays} other {Its {pointCount} restore points stay}}",
    { pointCount: vm.pointCount },
  );
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t("Delete VM {name}?", { name: vm.name })}
      consequences={[
        ...(vm.state === "RUNNING" ? [t("The guest runs: it is cut off at once, as if its plug were pulled.")] : []),
        t(
          "The VM and its folder on {hostName} are removed: {diskCount, plural, one {1 disk} other {{diskCount} disks}}, {sizeMb}.",
          { hostName: vm.hostName, diskCount: vm.diskCount, sizeMb: formatMb(vm.sizeMb) },
        ),
        t("Disk files that were registered from elsewhere stay where they are; only the links to them go."),
        vm.pointCount === 0
          ? t("It has no restore point: afterwards nothing can bring it back.")
          : t("{points} and can be restored under a new name.", { points }),
      ]}
      confirmLabel={t("Delete VM")}
      typedName={vm.name}
      onConfirm={() => remove.mutate({ vmId: vm.id })}
      isBusy={remove.isPending || remove.isSuccess}
      error={remove.isError ? errorMessage(remove.error) : null}
    />
  );
}
