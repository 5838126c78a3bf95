"use client";

import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import type { BulkOutcome, BulkWork } from "@/server/domain/vm";
import { useSettled } from "../hooks/use-settled";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { BulkFields } from "./bulk-fields";
import { outcomeGroups } from "./bulk-outcome";

interface BulkDialogProps {
  what: BulkWork["what"];
  vmIds: number[];
  onClose: () => void;
  onDone: () => void;
}

const WORDS: Record<BulkWork["what"], { title: string; can: string; missing: string }> = {
  backup: {
    get title() {
      return t("Back up now");
    },
    get can() {
      return t("will be backed up");
    },
    get missing() {
      return t("Choose a datastore first.");
    },
  },
  job: {
    get title() {
      return t("Add to a job");
    },
    get can() {
      return t("will be added");
    },
    get missing() {
      return t("Choose a job first.");
    },
  },
  rpo: {
    get title() {
      return t("Set the RPO");
    },
    get can() {
      return t("will have this RPO");
    },
    get missing() {
      return t("Give the hours first.");
    },
  },
  labels: {
    get title() {
      return t("Change labels");
    },
    get can() {
      return t("will have these labels");
    },
    get missing() {
      return t("Write a label first.");
    },
  },
  "leave-out": {
    get title() {
      return t("Leave out");
    },
    get can() {
      return t("will be changed");
    },
    get missing() {
      return t("Say why first, in three letters or more.");
    },
  },
};

/** The plan of something done to many VMs: how many it would reach, and why not the others; then the order itself. */
export function BulkDialog({ what, vmIds, onClose, onDone }: BulkDialogProps) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [work, setWork] = useState<BulkWork | null>(null);
  const planned = useSettled(work);
  const isSettled = planned === work;
  const plan = useQuery(
    trpc.vm.planMany.queryOptions(planned === null ? skipToken : { vmIds, work: planned }, { gcTime: 0, staleTime: 0 }),
  );
  const words = WORDS[what];
  const title = what === "leave-out" && work?.what === what && work.leftOut === null ? t("Take back in") : words.title;
  const act = useMutation(
    trpc.vm.actOnMany.mutationOptions({
      onSuccess: async (outcomes) => {
        const { done, refused } = outcomeGroups(outcomes);
        if (refused.length === 0) toast.success(`${title}: ${done} ${done === 1 ? "VM" : "VMs"}`);
        else
          toast.warning(
            t("{title}: {done} VMs; {outcomesCount} were refused meanwhile", {
              title,
              done,
              outcomesCount: outcomes.length - done,
            }),
          );
        onClose();
        onDone();
        await client.invalidateQueries(trpc.vm.pathFilter());
      },
    }),
  );
  const possible = plan.data?.filter((outcome) => outcome.reason === null).map((outcome) => outcome.vmId) ?? [];
  const error = plan.error ?? act.error;
  const why =
    work === null
      ? words.missing
      : plan.isPending || !isSettled
        ? t("The plan is being made.")
        : possible.length === 0
          ? t("None of these VMs can be reached.")
          : null;
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={title}
      description={t("{vmIdsCount, plural, one {1 VM is} other {{vmIdsCount} VMs are}} chosen.", {
        vmIdsCount: vmIds.length,
      })}
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button
            variant="primary"
            isBusy={act.isPending}
            disabledReason={why}
            onClick={() => work !== null && act.mutate({ vmIds: possible, work })}
          >
            {title}
            {possible.length > 0 ? `: ${possible.length}` : ""}
          </Button>
        </>
      }
    >
      <BulkFields what={what} onChange={setWork} />
      <div className="mt-3" aria-live="polite">
        {work !== null && (plan.isFetching || !isSettled) ? (
          <p className="text-muted">{t("Asking for each VM …")}</p>
        ) : null}
        {work === null || plan.data === undefined || plan.isFetching || !isSettled ? null : (
          <Plan outcomes={plan.data} can={words.can} />
        )}
      </div>
      {error === null ? null : (
        <Notice tone="danger" className="mt-3" isAlert>
          {errorMessage(error)}
        </Notice>
      )}
    </Dialog>
  );
}

function Plan({ outcomes, can }: { outcomes: readonly BulkOutcome[]; can: string }) {
  const { done, refused } = outcomeGroups(outcomes);
  return (
    <>
      <p className="font-medium">
        {t("{done} of {outcomesCount} {can}.", { done, outcomesCount: outcomes.length, can })}
      </p>
      {refused.length === 0 ? null : (
        <ul className="mt-2 space-y-2">
          {refused.map(({ reason, names, count }) => (
            <li key={reason} className="wrap-anywhere">
              <span className="font-medium">{t("{count} not:", { count })}</span> {reason}
              <span className="block text-sm text-muted">
                {t("{names}{isCount, select, yes { and {count} more} other {}}", {
                  names: names.join(", "),
                  isCount: count > names.length ? "yes" : "no",
                  count: count - names.length,
                })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
