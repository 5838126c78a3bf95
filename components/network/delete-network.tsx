"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { NetworkRow } from "@/server/domain/network";
import { useAdminReason } from "../hooks/use-admin-reason";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";

/** Removes a network that no VM has an address of. */
export function DeleteNetwork({ network }: { network: NetworkRow }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const staleReason = useStaleReason();
  const adminReason = useAdminReason("delete networks");
  const used = network.ranges.reduce((sum, range) => sum + range.used, 0);
  const inUse = used === 0 ? null : `VMs have ${used} of its addresses. Delete those VMs first.`;
  const remove = useMutation(
    trpc.network.delete.mutationOptions({
      onSuccess: async () => {
        toast.success(`Network ${network.name} removed`);
        setIsOpen(false);
        await queryClient.invalidateQueries(trpc.network.pathFilter());
      },
    }),
  );
  return (
    <>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`Delete network ${network.name}`}
        disabledReason={adminReason ?? inUse ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete network ${network.name}?`}
        consequences={[
          "New and restored VMs get no address of it any more.",
          "Templates and backups keep its name; bridges of the hosts are not touched.",
        ]}
        confirmLabel="Delete network"
        onConfirm={() => remove.mutate({ networkId: network.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
