"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
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
  const points = vm.pointCount === 1 ? "Its one restore point stays" : `Its ${vm.pointCount} restore points stay`;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Delete VM ${vm.name}?`}
      consequences={[
        ...(vm.state === "RUNNING" ? ["The guest runs: it is cut off at once, as if its plug were pulled."] : []),
        `The VM and its folder on ${vm.hostName} are removed: ${vm.diskCount === 1 ? "1 disk" : `${vm.diskCount} disks`}, ${formatMb(vm.sizeMb)}.`,
        "Disk files that were registered from elsewhere stay where they are; only the links to them go.",
        vm.pointCount === 0
          ? "It has no restore point: afterwards nothing can bring it back."
          : `${points} and can be restored under a new name.`,
      ]}
      confirmLabel="Delete VM"
      typedName={vm.name}
      onConfirm={() => remove.mutate({ vmId: vm.id })}
      isBusy={remove.isPending || remove.isSuccess}
      error={remove.isError ? errorMessage(remove.error) : null}
    />
  );
}
