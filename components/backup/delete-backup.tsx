"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { rich, t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { pointName } from "@/components/timeline/point-label";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Time } from "@/components/ui/time";
import type { Chain } from "@/server/domain/backup";
import { IMAGE_TRANSITIONS, nextState } from "@/server/domain/states";
import { deletePlan } from "./delete-plan";

/** The button that deletes a backup image, with its dialog. */
export function DeleteBackup({ chain }: { chain: Chain }) {
  const [isOpen, setIsOpen] = useState(false);
  const canDelete = nextState(IMAGE_TRANSITIONS, chain.state, "delete") !== null;
  return (
    <>
      <Button
        variant="danger-outline"
        disabledReason={
          canDelete
            ? null
            : t("A backup in state {state} cannot be deleted. Wait for what uses it.", { state: chain.state })
        }
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
        {t("Delete")}
      </Button>
      <DeleteBackupDialog chain={chain} isOpen={isOpen} onOpenChange={setIsOpen} />
    </>
  );
}

/** Which points die with a backup image, what is freed, and a hard stop before a VM loses its last point. */
export function DeleteBackupDialog(props: { chain: Chain; isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  const { chain, isOpen } = props;
  const trpc = useTRPC();
  const router = useRouter();
  const [isForced, setIsForced] = useState(false);
  const chains = useQuery(trpc.vm.chains.queryOptions({ vmId: chain.vmId }, { enabled: isOpen, staleTime: 0 }));
  const store = useQuery(trpc.datastore.get.queryOptions({ datastoreId: chain.datastoreId }, { enabled: isOpen }));
  const others = chains.data?.filter((candidate) => candidate.imageId !== chain.imageId) ?? null;
  const plan = deletePlan(chain, others, store.data?.driver === "restic");
  const remove = useMutation(
    trpc.backup.delete.mutationOptions({ onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`) }),
  );
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={props.onOpenChange}
      title={t("Delete backup {imageId} of {vmName}?", { imageId: chain.imageId, vmName: chain.vmName })}
      consequences={[
        ...(plan.refusal === null ? [] : [plan.refusal]),
        ...plan.consequences,
        ...(isForced
          ? [t("Files that cannot be removed stay in the repository, and Strata no longer knows them.")]
          : []),
      ]}
      confirmLabel={t("Delete backup")}
      {...(plan.losesLastPoint || isForced ? { typedName: chain.vmName } : {})}
      disabledReason={plan.refusal ?? (others === null ? t("Reading which other points this VM has.") : null)}
      onConfirm={() => remove.mutate({ imageId: chain.imageId, force: isForced })}
      isBusy={remove.isPending || remove.isSuccess}
      error={remove.isError ? errorMessage(remove.error) : null}
    >
      <DyingPoints chain={chain} />
      <Checkbox
        label={t("Force: forget the backup even if its files cannot be removed")}
        checked={isForced}
        onCheckedChange={setIsForced}
        className="mt-4"
      />
    </ConfirmDialog>
  );
}

/** Every point that goes, newest first. */
function DyingPoints({ chain }: { chain: Chain }) {
  if (chain.points.length === 0) return null;
  return (
    <details className="mt-3">
      <summary className="cursor-pointer font-medium">{t("Points that go")}</summary>
      <ul className="mt-1 max-h-40 list-disc overflow-y-auto ps-5">
        {[...chain.points].reverse().map((point) => (
          <li key={point.incrementId}>
            {rich("{pointName}, {time}{noBroken, select, yes {} other {, damaged}}", {
              pointName: pointName(point, chain),
              time: <Time at={point.at} short />,
              noBroken: point.broken === null ? "yes" : "no",
            })}
          </li>
        ))}
      </ul>
    </details>
  );
}
