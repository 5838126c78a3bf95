"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { Chain } from "@/server/domain/backup";
import { IMAGE_TRANSITIONS, nextState } from "@/server/domain/states";
import { deletePlan } from "./delete-plan";

const FORCED = "Files that cannot be removed stay in the repository, and Strata no longer knows them.";

/** Delete a backup image: which points die, what is freed, and a hard stop before a VM loses its last point. */
export function DeleteBackup({ chain }: { chain: Chain }) {
  const trpc = useTRPC();
  const router = useRouter();
  const [isOpen, setIsOpen] = useState(false);
  const [isForced, setIsForced] = useState(false);
  const chains = useQuery(trpc.vm.chains.queryOptions({ vmId: chain.vmId }, { enabled: isOpen, staleTime: 0 }));
  const others = chains.data?.filter((candidate) => candidate.imageId !== chain.imageId) ?? null;
  const plan = deletePlan(chain, others);
  const remove = useMutation(
    trpc.backup.delete.mutationOptions({ onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`) }),
  );
  const canDelete = nextState(IMAGE_TRANSITIONS, chain.state, "delete") !== null;
  return (
    <>
      <Button
        variant="danger-outline"
        disabledReason={canDelete ? null : `A backup in state ${chain.state} cannot be deleted. Wait for what uses it.`}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
        Delete
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete backup ${chain.imageId} of ${chain.vmName}?`}
        consequences={[
          ...(plan.refusal === null ? [] : [plan.refusal]),
          ...plan.consequences,
          ...(isForced ? [FORCED] : []),
        ]}
        confirmLabel="Delete backup"
        {...(plan.losesLastPoint || isForced ? { typedName: chain.vmName } : {})}
        disabledReason={plan.refusal ?? (others === null ? "Reading which other points this VM has." : null)}
        onConfirm={() => remove.mutate({ imageId: chain.imageId, force: isForced })}
        isBusy={remove.isPending || remove.isSuccess}
        error={remove.isError ? errorMessage(remove.error) : null}
      >
        <Checkbox
          label="Force: forget the backup even if its files cannot be removed"
          checked={isForced}
          onCheckedChange={setIsForced}
          className="mt-4"
        />
      </ConfirmDialog>
    </>
  );
}
