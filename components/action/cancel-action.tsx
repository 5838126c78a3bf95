"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Square } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { ActionKind, ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { actionTitle } from "./action-title";

const EFFECTS: Record<ActionKind, readonly string[]> = {
  get backup() {
    return [
      t("Copying stops. The VM stays as it is, and its disks are not touched."),
      t("Snapshots and temporary files on the host are removed."),
      t("The point that was being written is thrown away. Earlier points stay as they are."),
      t("The next backup may have to be a full if the change record could not be kept."),
    ];
  },
  get restore() {
    return [
      t("Reading stops; the backup itself is not changed."),
      t("Images that are not complete are removed, and no template or VM is made from them."),
    ];
  },
  get "restore-in-place"() {
    return [
      t("The VM keeps the disks it has now, whole and unchanged; what was written beside them is removed."),
      t("A safety point that is being made is cancelled too; one that is complete stays."),
      t("In the moment in which the disks are swapped it is too late: then the restore ends well."),
    ];
  },
  get "image-create"() {
    return [t("Reading stops, and what was copied is removed. The image is marked with an error and can be deleted.")];
  },
  get instantiate() {
    return [t("Copying of the disks stops. The VM is left in a failed state, from where it can be deleted.")];
  },
  get "image-delete"() {
    return [t("Files that are already gone stay gone. The image is marked with an error and can be deleted again.")];
  },
  get "increment-flatten"() {
    return [
      t("The points that stay can be restored all the time, before and after."),
      t(
        "Before the merging has begun, the points that were to be merged stay too. After that they are lost, and the next increment ends the merge.",
      ),
    ];
  },
  get "disk-attach"() {
    return [t("The disk that is being made is removed. The VM stays as it was.")];
  },
  get "disk-detach"() {
    return [t("A disk that the guest has let go of already is removed all the same. Else the VM keeps it.")];
  },
  get "disk-resize"() {
    return [t("The disk has its old size or the new one. No data is lost.")];
  },
  get "disk-snapshot-create"() {
    return [t("No snapshot is kept. The disk stays as it is.")];
  },
  get "disk-snapshot-revert"() {
    return [t("The disk is put back all the same when that has begun: it takes a moment and cannot be halved.")];
  },
  get "disk-snapshot-delete"() {
    return [t("The snapshot goes all the same when that has begun. The disk stays as it is.")];
  },
  get "snapshot-create"() {
    return [t("No snapshot is kept. The guest goes on.")];
  },
  get "snapshot-revert"() {
    return [t("When the hypervisor has begun, the VM is put back all the same.")];
  },
  get "snapshot-delete"() {
    return [t("The snapshot goes all the same when that has begun. The guest goes on.")];
  },
  get "vm-start"() {
    return [t("A guest that was started already is stopped again. The VM is powered off.")];
  },
  get "vm-poweroff"() {
    return [t("The guest was asked already and may still shut down; then the VM is shown as powered off.")];
  },
  get "vm-reboot"() {
    return [t("The guest may have been asked already, and may still restart.")];
  },
  get "vm-delete"() {
    return [t("Files that are already gone stay gone. The VM can be deleted again.")];
  },
  get verify() {
    return [
      t("Reading stops. Nothing is recorded: every point keeps the mark it has."),
      t("The backup itself is not changed."),
    ];
  },
  get "boot-check"() {
    return [
      t("The machine is switched off and its disks, which are copies, are removed."),
      t("Nothing is recorded. The backup itself is not changed."),
    ];
  },
  get "files-open"() {
    return [t("Copying stops and the copies are removed. The backup itself is not changed.")];
  },
  get "orphan-remove"() {
    return [t("What is already removed stays removed. The rest is listed again by the next scan.")];
  },
  get "catalogue-import"() {
    return [t("What is already read in stays in the catalogue. The rest can be read in later.")];
  },
  get "demo-load"() {
    return [t("Machines that are already made stay. Loading again adds the missing ones.")];
  },
  get "demo-change"() {
    return [t("What was already written to the disk of the demo machine stays.")];
  },
};

/** Stops a run after saying what that does and what is left behind. Nothing once the run is over. */
export function CancelAction({ action, size = "md" }: { action: ActionRow; size?: "sm" | "md" }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const cancel = useMutation(
    trpc.action.cancel.mutationOptions({
      onSuccess: async () => {
        setIsOpen(false);
        toast(t("Cancelling: {actionTitle}", { actionTitle: actionTitle(action) }));
        await queryClient.invalidateQueries(trpc.action.pathFilter());
      },
    }),
  );
  if (isFinal(action.state)) return null;
  const title = actionTitle(action);
  return (
    <>
      <Button
        size={size}
        aria-label={t("Cancel: {title}", { title })}
        disabledReason={action.isCancelling ? t("It is being cancelled already.") : null}
        onClick={() => setIsOpen(true)}
      >
        <Square aria-hidden />
        {t("Cancel")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t('Cancel "{title}"?', { title })}
        consequences={
          action.state === "PENDING" ? [t("It has not started yet: nothing has been done.")] : EFFECTS[action.kind]
        }
        confirmLabel={t("Cancel the run")}
        cancelLabel={t("Let it run")}
        onConfirm={() => cancel.mutate({ actionId: action.id })}
        isBusy={cancel.isPending}
        error={cancel.error === null ? null : errorMessage(cancel.error)}
      />
    </>
  );
}
