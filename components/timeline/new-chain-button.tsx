"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FilePlus2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
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
        toast(`The full backup is queued as run ${actionId}`, {
          action: { label: "Show", onClick: () => router.push(`/activity/${actionId}`) },
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
        disabledReason={chain.isOpen ? null : "The chain is closed: the next increment does not go into it."}
        onClick={() => setIsOpen(true)}
        data-testid="new-chain"
      >
        <FilePlus2 aria-hidden /> Start a new chain
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={`Start a new chain of ${chain.vmName}?`}
        consequences={[
          `A full backup begins now and reads up to ${formatBytes(guestBytes)}, into ${chain.datastoreName}.`,
          `Chain ${chain.imageId} is closed when it is stored. Its points stay, and retention still counts them.`,
          "Later increments go into the new chain.",
        ]}
        confirmLabel="Back up (full)"
        cancelLabel="Not now"
        isBusy={start.isPending}
        onConfirm={() => start.mutate({ vmId: chain.vmId, datastoreId: chain.datastoreId, reset: true })}
      />
    </>
  );
}
