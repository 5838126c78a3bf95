"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { NetworkRow } from "@/server/domain/network";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
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
  const adminReason = useAdminReason(t("delete networks"));
  const used = network.ranges.reduce((sum, range) => sum + range.used, 0);
  const inUse = used === 0 ? null : t("VMs have {used} of its addresses. Delete those VMs first.", { used });
  const remove = useMutation(
    trpc.network.delete.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Network {name} removed", { name: network.name }));
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
        aria-label={t("Delete network {name}", { name: network.name })}
        disabledReason={adminReason ?? inUse ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete network {name}?", { name: network.name })}
        consequences={[
          t("New and restored VMs get no address of it any more."),
          t("Templates and backups keep its name; bridges of the hosts are not touched."),
        ]}
        confirmLabel={t("Delete network")}
        onConfirm={() => remove.mutate({ networkId: network.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
