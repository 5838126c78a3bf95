"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FilePlus2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatBytes } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { Chain } from "@/server/domain/backup";

/** Closes the open chain of a VM by a full backup now, after saying what that costs. */
export function NewChainButton({ chain }: { chain: Chain }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const start = useMutation(
    trpc.backup.request.mutationOptions({
      onSuccess: async ({ actionId }) => {
        toast(t("The full backup is queued as run {actionId}", { actionId }), {
          action: { label: t("Show"), onClick: () => router.push(`/activity/${actionId}`) },
        });
        await queryClient.invalidateQueries(trpc.vm.pathFilter());
      },
      onError: (error) => toast.error(errorMessage(error)),
      onSettled: () => setIsOpen(false),
    }),
  );
  const guestBytes = chain.points.at(-1)?.guestBytes ?? 0;
  return (
    <>
      <Button
        size="sm"
        disabledReason={chain.isOpen ? null : t("The chain is closed: the next increment does not go into it.")}
        onClick={() => setIsOpen(true)}
        data-testid="new-chain"
      >
        <FilePlus2 aria-hidden /> {t("Start a new chain")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Start a new chain of {vmName}?", { vmName: chain.vmName })}
        consequences={[
          t("A full backup begins now and reads up to {guestBytes}, into {datastoreName}.", {
            guestBytes: formatBytes(guestBytes),
            datastoreName: chain.datastoreName,
          }),
          t("Chain {imageId} is closed when it is stored. Its points stay, and retention still counts them.", {
            imageId: chain.imageId,
          }),
          t("Later increments go into the new chain."),
        ]}
        confirmLabel={t("Back up (full)")}
        cancelLabel={t("Not now")}
        isBusy={start.isPending}
        onConfirm={() => start.mutate({ vmId: chain.vmId, datastoreId: chain.datastoreId, reset: true })}
      />
    </>
  );
}
