"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import type { BulkOutcome } from "@/server/domain/vm";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";
import { outcomeGroups } from "./bulk-outcome";

interface BulkDialogProps {
  what: "backup" | "job";
  vmIds: number[];
  onClose: () => void;
  onDone: () => void;
}

const WORDS = {
  backup: { title: "Back up now", ask: "Where a backup goes that begins a chain", can: "will be backed up" },
  job: { title: "Add to a job", ask: "Backup job", can: "will be added" },
} as const;

/** The plan of something done to many VMs: how many it would reach, and why not the others; then the order itself. */
export function BulkDialog({ what, vmIds, onClose, onDone }: BulkDialogProps) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [target, setTarget] = useState<number | null>(null);
  const stores = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }, { enabled: what === "backup" }));
  const jobs = useQuery(trpc.job.list.queryOptions({ limit: 200, sort: "name" }, { enabled: what === "job" }));
  const options = (what === "backup" ? stores.data : jobs.data?.rows) ?? [];
  const order = what === "backup" ? { vmIds, jobId: null, datastoreId: target } : { vmIds, jobId: target };
  const plan = useQuery(trpc.vm.planMany.queryOptions(order, { enabled: target !== null, gcTime: 0, staleTime: 0 }));
  const act = useMutation(
    trpc.vm.actOnMany.mutationOptions({
      onSuccess: async (outcomes) => {
        const { done, refused } = outcomeGroups(outcomes);
        if (refused.length === 0) toast.success(`${WORDS[what].title}: ${done} VMs`);
        else toast.warning(`${WORDS[what].title}: ${done} VMs; ${outcomes.length - done} were refused meanwhile`);
        onClose();
        onDone();
        await client.invalidateQueries(trpc.vm.pathFilter());
      },
    }),
  );
  const possible = plan.data?.filter((outcome) => outcome.reason === null).map((outcome) => outcome.vmId) ?? [];
  const words = WORDS[what];
  const error = plan.error ?? act.error;
  const why =
    target === null
      ? `Choose a ${what === "backup" ? "datastore" : "job"} first.`
      : plan.isPending
        ? "The plan is being made."
        : possible.length === 0
          ? "None of these VMs can be reached."
          : null;
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={words.title}
      description={`${vmIds.length === 1 ? "1 VM is" : `${vmIds.length} VMs are`} chosen.`}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            isBusy={act.isPending}
            disabledReason={why}
            onClick={() => act.mutate({ ...order, vmIds: possible })}
          >
            {words.title}
            {possible.length > 0 ? `: ${possible.length}` : ""}
          </Button>
        </>
      }
    >
      <Field label={words.ask}>
        {(control) => (
          <Select
            {...control}
            value={target ?? ""}
            onChange={(event) => setTarget(event.target.value === "" ? null : Number(event.target.value))}
          >
            <option value="">Choose …</option>
            {options.map((option) => (
              <option key={option.id} value={option.id}>
                {option.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="mt-3" aria-live="polite">
        {target !== null && plan.isFetching ? <p className="text-muted">Asking for each VM …</p> : null}
        {plan.data === undefined || plan.isFetching ? null : <Plan outcomes={plan.data} can={words.can} />}
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
        {done} of {outcomes.length} {can}.
      </p>
      {refused.length === 0 ? null : (
        <ul className="mt-2 space-y-2">
          {refused.map(({ reason, names, count }) => (
            <li key={reason} className="wrap-anywhere">
              <span className="font-medium">{count} not:</span> {reason}
              <span className="block text-sm text-muted">
                {names.join(", ")}
                {count > names.length ? ` and ${count - names.length} more` : ""}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
