"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";

/** Removes an empty datastore after saying what that does. */
export function DeleteDatastore({ datastore }: { datastore: DatastoreDetail }) {
  const [isOpen, setIsOpen] = useState(false);
  const staleReason = useStaleReason();
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.datastore.delete.mutationOptions({
      onSuccess: async () => {
        toast.success(`Datastore ${datastore.name} removed`);
        router.push("/datastores");
        await queryClient.invalidateQueries(trpc.datastore.list.pathFilter());
      },
    }),
  );
  return (
    <>
      <Button
        variant="danger-outline"
        disabledReason={reasonAgainst(datastore) ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
        Delete datastore
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete datastore ${datastore.name}?`}
        consequences={[
          "It disappears from the lists and can no longer be chosen for backups.",
          `Nothing on the server is touched: the folder ${datastore.location} stays as it is.`,
          "It holds no restore points, so none is lost.",
        ]}
        confirmLabel="Delete datastore"
        onConfirm={() => remove.mutate({ datastoreId: datastore.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}

function reasonAgainst(datastore: DatastoreDetail): string | null {
  if (!datastore.may.manage)
    return "You need the MANAGE right on this datastore. Its owner or an administrator can grant it.";
  if (datastore.chainCount > 0) {
    return datastore.chainCount === 1
      ? "It still holds a backup. Delete it first."
      : `It still holds ${datastore.chainCount} backups with ${datastore.pointCount} points. Delete them first.`;
  }
  if (datastore.type !== "BACKUP") return "Restores and VMs need it.";
  return null;
}
