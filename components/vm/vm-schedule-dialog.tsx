"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { ScheduleFields } from "@/components/schedule/schedule-fields";
import { readSchedule, type ScheduleValues } from "@/components/schedule/schedule-values";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { VM_ACTIONS } from "@/server/domain/schedule/action";
import type { VmDetail } from "@/server/domain/vm";

/** A scheduled action of a VM as its form holds it. */
export interface VmScheduleValues {
  action: string;
  args: string;
  schedule: ScheduleValues;
}

/** Add or change a scheduled action of a VM. */
export function VmScheduleDialog(props: { vm: VmDetail; initial: VmScheduleValues; onClose: () => void }) {
  const { vm, initial, onClose } = props;
  const [values, setValues] = useState(initial);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const done = {
    onSuccess: async () => {
      toast.success(t("Scheduled action saved"));
      await queryClient.invalidateQueries(trpc.schedule.pathFilter());
      onClose();
    },
  };
  const add = useMutation(trpc.schedule.add.mutationOptions(done));
  const change = useMutation(trpc.schedule.update.mutationOptions(done));
  const error = add.error ?? change.error;
  const { scheduleId } = values.schedule;
  const problem = problemOf(values);

  function save() {
    const { input } = readSchedule(values.schedule, Date.now());
    if (input === null || problem !== null) return;
    const schedule = { ...input, action: values.action, args: values.args.trim() };
    if (scheduleId === null) add.mutate({ parentType: "VM", parentId: vm.id, schedule });
    else change.mutate({ scheduleId, schedule });
  }

  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={
        scheduleId === null
          ? t("Schedule an action of {name}", { name: vm.name })
          : t("Change a scheduled action of {name}", { name: vm.name })
      }
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button
            variant="primary"
            isBusy={add.isPending || change.isPending}
            disabledReason={problem}
            onClick={save}
            data-testid="vm-schedule-save"
          >
            {t("Save")}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <ActionFields values={values} onChange={setValues} isInJob={vm.backupConfig.backupJobId !== null} />
        <ScheduleFields
          values={values.schedule}
          parentType="VM"
          onChange={(schedule) => setValues({ ...values, schedule })}
        />
        {error === null ? null : (
          <Notice tone="danger" isAlert>
            {errorMessage(error)}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}

function problemOf(values: VmScheduleValues): string | null {
  if (readSchedule(values.schedule, Date.now()).errors !== null) return t("The time is not complete.");
  if (values.action === "backup" && !/^\d/.test(values.args)) return t("Choose a backup datastore.");
  return formOf(values.action) !== null && values.args.trim() === "" ? t("Fill in the arguments.") : null;
}

/** The form of an action's arguments, null for none. */
function formOf(action: string): string | null {
  return Object.entries(VM_ACTIONS).find(([name]) => name === action)?.[1] ?? null;
}

function ActionFields(props: {
  values: VmScheduleValues;
  onChange: (values: VmScheduleValues) => void;
  isInJob: boolean;
}) {
  const { values, onChange, isInJob } = props;
  const form = formOf(values.action);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label={t("Action")}
        {...(isInJob && values.action === "backup"
          ? { error: t("This VM is in a backup job: its backups are refused outside of it.") }
          : {})}
      >
        {(control) => (
          <Select
            {...control}
            value={values.action}
            onChange={(event) => onChange({ ...values, action: event.target.value, args: "" })}
          >
            {Object.keys(VM_ACTIONS).map((action) => (
              <option key={action} value={action}>
                {action}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {values.action === "backup" ? (
        <DatastoreArgument args={values.args} onChange={(args) => onChange({ ...values, args })} />
      ) : form === null ? null : (
        <Field label={t("Arguments")} help={t("In this form: {form}", { form })}>
          {(control) => (
            <Input
              {...control}
              value={values.args}
              onChange={(event) => onChange({ ...values, args: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

/** Datastore and reset are one text, `100,1`, as the reference has it. */
function DatastoreArgument({ args, onChange }: { args: string; onChange: (args: string) => void }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const [datastoreId = "", reset = ""] = args.split(",").map((word) => word.trim());
  return (
    <>
      <Field label={t("Backup datastore")}>
        {(control) => (
          <Select
            {...control}
            value={datastoreId}
            onChange={(event) => onChange(event.target.value === "" ? "" : `${event.target.value},${reset || "0"}`)}
          >
            <option value="">{t("Choose")}</option>
            {(data ?? []).map((datastore) => (
              <option key={datastore.id} value={datastore.id}>
                {datastore.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("Chain")}>
        {(control) => (
          <Select
            {...control}
            value={reset || "0"}
            onChange={(event) => onChange(`${datastoreId},${event.target.value}`)}
          >
            <option value="0">{t("Go on with the open chain")}</option>
            <option value="1">{t("Begin a new chain each time")}</option>
          </Select>
        )}
      </Field>
    </>
  );
}
