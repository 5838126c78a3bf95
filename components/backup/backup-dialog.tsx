"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatBytes } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Button, ButtonLink } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { VmDetail } from "@/server/domain/vm";
import { type BackupChoice, backupChoice } from "./backup-choice";
import { freeText } from "./free-text";

interface BackupDialogProps {
  vm: VmDetail;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

const NONE: DatastoreRow[] = [];

/** Back up now: what will be read, where it goes, and whether a new chain starts. */
export function BackupDialog({ vm, isOpen, onOpenChange }: BackupDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [reset, setReset] = useState(false);
  const [datastoreId, setDatastoreId] = useState<number | null>(null);
  const stores = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }, { enabled: isOpen }));
  const choice = backupChoice(vm, stores.data ?? NONE, { reset, datastoreId });
  const start = useMutation(
    trpc.backup.request.mutationOptions({
      onSuccess: async ({ actionId }) => {
        onOpenChange(false);
        setReset(false);
        toast.success(t("Backup of {name} started: run {actionId}", { name: vm.name, actionId }));
        await queryClient.invalidateQueries(trpc.vm.pathFilter());
      },
    }),
  );
  const missing = stores.isSuccess && choice.request === null;

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t("Back up {name} now", { name: vm.name })}
      description={readsText(vm, choice)}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t("Not now")}</Button>
          <Button
            variant="primary"
            isBusy={start.isPending}
            disabledReason={choice.request === null ? t("There is no backup datastore to write to.") : null}
            onClick={() => choice.request !== null && start.mutate(choice.request)}
            data-testid="backup-start"
          >
            {choice.isFull ? t("Back up (full)") : t("Back up (increment)")}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        {missing && (
          <Notice
            tone="warning"
            title={t("No backup datastore")}
            actions={<ButtonLink href="/datastores/new">{t("Add one")}</ButtonLink>}
          >
            {t("A backup needs a place to go.")}
          </Notice>
        )}
        <Switch
          checked={reset}
          onCheckedChange={setReset}
          label={t("Start a new chain")}
          help={t("Closes the open chain; its points stay restorable. This backup reads everything.")}
          disabledReason={
            vm.chainDatastore === null ? t("No chain is open: this backup starts one or is a full anyway.") : null
          }
        />
        {!missing && <DatastoreField choice={choice} datastores={stores.data ?? NONE} onChange={setDatastoreId} />}
        {start.isError && (
          <Notice tone="danger" isAlert title={t("The backup was not started")}>
            {errorMessage(start.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}

function DatastoreField({
  choice,
  datastores,
  onChange,
}: {
  choice: BackupChoice;
  datastores: readonly DatastoreRow[];
  onChange: (datastoreId: number) => void;
}) {
  return (
    <Field
      label={t("Backup datastore")}
      help={choice.datastoreReason ?? t("The chain stays in the datastore it starts in.")}
    >
      {(control) => (
        <Select
          {...control}
          value={choice.datastoreId ?? ""}
          disabled={choice.datastoreReason !== null}
          onChange={(event) => onChange(Number(event.target.value))}
        >
          {datastores.map((datastore) => (
            <option key={datastore.id} value={datastore.id}>
              {freeText(datastore)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function readsText(vm: VmDetail, choice: BackupChoice): string {
  const full = formatBytes(vm.fullEstimateBytes);
  if (choice.isFull) {
    const why = vm.nextBackup.type === "FULL" && vm.mode === "INCREMENT" ? ` ${vm.nextBackup.reason ?? ""}` : "";
    return t(
      "A full backup{isIncrement, select, yes { that starts a new chain} other {}}: it reads {full} at most.{why}",
      { isIncrement: vm.mode === "INCREMENT" ? "yes" : "no", full, why },
    );
  }
  return t("An increment: it reads the blocks changed since the last point, {full} at worst.", { full });
}
