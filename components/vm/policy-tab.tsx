"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { errorMessage } from "@/components/lib/error-message";
import { formatBytes } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { BackupConfigInput } from "@/server/domain/backup-config";
import type { VmDetail } from "@/server/domain/vm";
import { PolicyDisks } from "./policy-disks";
import { PolicyMode } from "./policy-mode";
import { PolicyRetention } from "./policy-retention";
import { includedDisks, type PolicyValues, policyEffect, policyInput, policyValues } from "./policy-state";
import { configureReason } from "./vm-reasons";

const MIB = 1024 * 1024;

/** The backup settings of a VM; the button says when saving starts a new chain and what that costs. */
export function PolicyTab({ vm }: { vm: VmDetail }) {
  // Settings saved elsewhere start the form anew: what is on screen is never a mix of two states.
  return <PolicyForm key={JSON.stringify(policyValues(vm.backupConfig))} vm={vm} />;
}

function PolicyForm({ vm }: { vm: VmDetail }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [now, setNow] = useState(() => policyValues(vm.backupConfig));
  const parsed = BackupConfigInput.safeParse(now);
  const keepLastError = parsed.success ? undefined : "Give a whole number from 0 to 10000.";
  const effect = policyEffect(vm, now);
  const frozen = configureReason(vm);
  const save = useMutation(
    trpc.vm.updateBackupConfig.mutationOptions({
      onSuccess: async ({ chainClosed }) => {
        toast.success(chainClosed ? "Saved. The next backup starts a new chain." : "Saved.");
        await queryClient.invalidateQueries(trpc.vm.pathFilter());
      },
    }),
  );
  const set = (changes: Partial<PolicyValues>) => {
    if (frozen === null) setNow((before) => ({ ...before, ...changes }));
  };
  const newFullBytes = includedDisks(vm.disks, now).reduce((sum, disk) => sum + disk.sizeMb, 0) * MIB;
  const isUnchanged =
    vm.backupConfig.configured && JSON.stringify(now) === JSON.stringify(policyValues(vm.backupConfig));
  const refusal = frozen ?? keepLastError ?? effect.problem ?? (isUnchanged ? "Nothing was changed." : null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (refusal === null) save.mutate({ vmId: vm.id, config: policyInput(now) });
  }

  return (
    <form className="max-w-3xl space-y-6" onSubmit={submit} noValidate>
      {frozen !== null && (
        <Notice tone="info" title="These settings cannot be changed now">
          {frozen}{" "}
          {vm.runningActionId !== null && (
            <Link className="text-primary underline" href={`/activity/${vm.runningActionId}`}>
              Watch run {vm.runningActionId}
            </Link>
          )}
        </Notice>
      )}
      <fieldset disabled={frozen !== null} className="min-w-0 space-y-6">
        <legend className="sr-only">Backup settings of {vm.name}</legend>
        <PolicyMode vm={vm} values={now} set={set} />
        <PolicyRetention values={now} set={set} error={keepLastError} />
        <PolicyDisks vm={vm} values={now} set={set} />
      </fieldset>
      {effect.closesChain && (
        <Notice tone="warning" title="Saving this ends the open chain">
          Its points stay restorable. The next backup is a full one and may need {formatBytes(newFullBytes)} more.
        </Notice>
      )}
      {(effect.problem ?? (save.isError ? errorMessage(save.error) : null)) !== null && (
        <Notice tone="danger" isAlert title="These settings cannot be saved">
          {effect.problem ?? errorMessage(save.error)}
        </Notice>
      )}
      <Button
        type="submit"
        variant="primary"
        isBusy={save.isPending}
        disabledReason={refusal}
        data-testid="policy-save"
      >
        {effect.closesChain ? "Save and start a new chain" : "Save"}
      </Button>
    </form>
  );
}
