"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Square } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { ActionKind, ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { actionTitle } from "./action-title";

const EFFECTS: Record<ActionKind, readonly string[]> = {
  backup: [
    "Copying stops. The VM stays as it is, and its disks are not touched.",
    "Snapshots and temporary files on the host are removed.",
    "The point that was being written is thrown away. Earlier points stay as they are.",
    "The next backup may have to be a full if the change record could not be kept.",
  ],
  restore: [
    "Reading stops; the backup itself is not changed.",
    "Images that are not complete are removed, and no template or VM is made from them.",
  ],
  "restore-in-place": [
    "The VM keeps the disks it has now, whole and unchanged; what was written beside them is removed.",
    "A safety point that is being made is cancelled too; one that is complete stays.",
    "In the moment in which the disks are swapped it is too late: then the restore ends well.",
  ],
  "image-create": [
    "Reading stops, and what was copied is removed. The image is marked with an error and can be deleted.",
  ],
  instantiate: ["Copying of the disks stops. The VM is left in a failed state, from where it can be deleted."],
  "image-delete": [
    "Files that are already gone stay gone. The image is marked with an error and can be deleted again.",
  ],
  "increment-flatten": [
    "The points that stay can be restored all the time, before and after.",
    "Before the merging has begun, the points that were to be merged stay too. After that they are lost, and the next increment ends the merge.",
  ],
  "disk-attach": ["The disk that is being made is removed. The VM stays as it was."],
  "disk-detach": ["A disk that the guest has let go of already is removed all the same. Else the VM keeps it."],
  "disk-resize": ["The disk has its old size or the new one. No data is lost."],
  "disk-snapshot-create": ["No snapshot is kept. The disk stays as it is."],
  "disk-snapshot-revert": [
    "The disk is put back all the same when that has begun: it takes a moment and cannot be halved.",
  ],
  "disk-snapshot-delete": ["The snapshot goes all the same when that has begun. The disk stays as it is."],
  "snapshot-create": ["No snapshot is kept. The guest goes on."],
  "snapshot-revert": ["When the hypervisor has begun, the VM is put back all the same."],
  "snapshot-delete": ["The snapshot goes all the same when that has begun. The guest goes on."],
  "vm-start": ["A guest that was started already is stopped again. The VM is powered off."],
  "vm-poweroff": ["The guest was asked already and may still shut down; then the VM is shown as powered off."],
  "vm-reboot": ["The guest may have been asked already, and may still restart."],
  "vm-delete": ["Files that are already gone stay gone. The VM can be deleted again."],
  verify: [
    "Reading stops. Nothing is recorded: every point keeps the mark it has.",
    "The backup itself is not changed.",
  ],
  "boot-check": [
    "The machine is switched off and its disks, which are copies, are removed.",
    "Nothing is recorded. The backup itself is not changed.",
  ],
  "files-open": ["Copying stops and the copies are removed. The backup itself is not changed."],
  "orphan-remove": ["What is already removed stays removed. The rest is listed again by the next scan."],
  "catalogue-import": ["What is already read in stays in the catalogue. The rest can be read in later."],
  "demo-load": ["Machines that are already made stay. Loading again adds the missing ones."],
  "demo-change": ["What was already written to the disk of the demo machine stays."],
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
        toast(`Cancelling: ${actionTitle(action)}`);
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
        aria-label={`Cancel: ${title}`}
        disabledReason={action.isCancelling ? "It is being cancelled already." : null}
        onClick={() => setIsOpen(true)}
      >
        <Square aria-hidden />
        Cancel
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Cancel "${title}"?`}
        consequences={
          action.state === "PENDING" ? ["It has not started yet: nothing has been done."] : EFFECTS[action.kind]
        }
        confirmLabel="Cancel the run"
        cancelLabel="Let it run"
        onConfirm={() => cancel.mutate({ actionId: action.id })}
        isBusy={cancel.isPending}
        error={cancel.error === null ? null : errorMessage(cancel.error)}
      />
    </>
  );
}
