"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { t } from "../i18n/t";
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
        toast.success(t("Datastore {name} removed", { name: datastore.name }));
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
        {t("Delete datastore")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete datastore {name}?", { name: datastore.name })}
        consequences={[
          t("It disappears from the lists and can no longer be chosen for backups."),
          t("Nothing on the server is touched: the folder {location} stays as it is.", {
            location: datastore.location,
          }),
          t("It holds no restore points, so none is lost."),
        ]}
        confirmLabel={t("Delete datastore")}
        onConfirm={() => remove.mutate({ datastoreId: datastore.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}

function reasonAgainst(datastore: DatastoreDetail): string | null {
  if (!datastore.may.manage)
    return t("You need the MANAGE right on this datastore. Its owner or an administrator can grant it.");
  if (datastore.chainCount > 0) {
    return t(
      "{chainCount, plural, one {It still holds a backup. Delete it first.} other {It still holds {chainCount} backups with {pointCount} points. Delete them first.}}",
      { chainCount: datastore.chainCount, pointCount: datastore.pointCount },
    );
  }
  if (datastore.type !== "BACKUP") return t("Restores and VMs need it.");
  return null;
}
