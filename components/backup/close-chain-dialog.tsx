"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";

/** Closes an open chain without a backup, after saying what the next one will be. */
export function CloseChainDialog(props: {
  chain: { imageId: number; vmName: string };
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { imageId, vmName } = props.chain;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const close = useMutation(
    trpc.backup.closeChain.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Chain {imageId} is closed: the next backup of {vmName} is a full one", { imageId, vmName }));
        props.onOpenChange(false);
        await queryClient.invalidateQueries();
      },
    }),
  );
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      isSafe
      title={t("Close chain {imageId} of {vmName}?", { imageId, vmName })}
      consequences={[
        t("The next backup, whoever starts it, is a full one and begins a new chain."),
        t(
          "Its points stay and can be restored. Retention then counts the chain as one backup, and removes it as a whole.",
        ),
      ]}
      confirmLabel={t("Close chain")}
      cancelLabel={t("Not now")}
      isBusy={close.isPending}
      error={close.error === null ? null : errorMessage(close.error)}
      onConfirm={() => close.mutate({ imageId })}
    />
  );
}
