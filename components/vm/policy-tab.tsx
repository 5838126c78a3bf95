"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { rich, t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatBytes } from "@/components/lib/format";
import { RetentionPreview } from "@/components/retention/retention-preview";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { BackupConfigInput } from "@/server/domain/backup-config";
import type { VmDetail } from "@/server/domain/vm";
import { PolicyDisks } from "./policy-disks";
import { PolicyMode } from "./policy-mode";
import { PolicyRetention } from "./policy-retention";
import {
  includedDisks,
  type PolicyValues,
  policyEffect,
  policyErrors,
  policyInput,
  policyValues,
} from "./policy-state";
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
  const errors = policyErrors(parsed.error);
  const firstError = Object.values(errors)[0];
  const effect = policyEffect(vm, now);
  const frozen = configureReason(vm);
  const jobId = vm.backupConfig.backupJobId;
  const save = useMutation(
    trpc.vm.updateBackupConfig.mutationOptions({
      onSuccess: async ({ chainClosed }) => {
        toast.success(chainClosed ? t("Saved. The next backup starts a new chain.") : t("Saved."));
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
  const refusal = frozen ?? firstError ?? effect.problem ?? (isUnchanged ? t("Nothing was changed.") : null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (refusal === null) save.mutate({ vmId: vm.id, config: policyInput(now) });
  }

  return (
    <div className="space-y-6">
      <form className="max-w-3xl space-y-6" onSubmit={submit} noValidate>
        {jobId !== null && (
          <Notice tone="info" title={t("This VM is in a backup job")}>
            {rich(
              "Each run writes the mode, the freeze and the retention of <link>job {jobId}</link> over these. Change them there; the RPO here goes before that of the job.",
              {
                jobId,
                link: (content) => (
                  <Link className="text-primary underline" href={`/jobs/${jobId}`}>
                    {content}
                  </Link>
                ),
              },
            )}
          </Notice>
        )}
        {frozen !== null && (
          <Notice tone="info" title={t("These settings cannot be changed now")}>
            {frozen}{" "}
            {vm.runningActionId !== null && (
              <Link className="text-primary underline" href={`/activity/${vm.runningActionId}`}>
                {t("Watch run {runningActionId}", { runningActionId: vm.runningActionId })}
              </Link>
            )}
          </Notice>
        )}
        <fieldset disabled={frozen !== null} className="min-w-0 space-y-6">
          <legend className="sr-only">{t("Backup settings of {name}", { name: vm.name })}</legend>
          <PolicyMode vm={vm} values={now} set={set} />
          <PolicyRetention values={now} set={set} errors={errors} />
          <PolicyDisks vm={vm} values={now} set={set} />
        </fieldset>
        {effect.closesChain && (
          <Notice tone="warning" title={t("Saving this ends the open chain")}>
            {t("Its points stay restorable. The next backup is a full one and may need {newFullBytes} more.", {
              newFullBytes: formatBytes(newFullBytes),
            })}
          </Notice>
        )}
        {(effect.problem ?? (save.isError ? errorMessage(save.error) : null)) !== null && (
          <Notice tone="danger" isAlert title={t("These settings cannot be saved")}>
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
          {effect.closesChain ? t("Save and start a new chain") : t("Save")}
        </Button>
      </form>
      <Card title={t("What retention does")}>
        <RetentionPreview
          vmId={vm.id}
          policy={jobId === null ? { keepLast: now.keepLast, gfs: now.gfs, mode: now.mode } : null}
        />
      </Card>
    </div>
  );
}
