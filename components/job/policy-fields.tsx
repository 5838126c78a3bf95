"use client";

import { t } from "../i18n/t";
import { GfsFields } from "../retention/gfs-fields";
import { Checkbox } from "../ui/checkbox";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import { Select } from "../ui/select";
import type { JobErrors, JobValues } from "./job-values";

interface PolicyFieldsProps {
  values: JobValues;
  set: (part: Partial<JobValues>) => void;
  errors: JobErrors;
}

type NumberName = "priority" | "keepLast" | "retries" | "retryMinutes" | "chainRuns" | "chainDays" | "rpoHours";

/** Mode, freeze, retention: what a backup of this job is. */
export function HowFields({ values, set, errors }: PolicyFieldsProps) {
  const keepHelp =
    values.mode === "FULL" ? t("Backups of each VM. 0 keeps all.") : t("Points of a chain. 0 keeps all.");
  return (
    <div className="grid gap-4">
      <RadioCards
        legend={t("Mode")}
        columns={2}
        value={values.mode}
        onValueChange={(mode) => set({ mode })}
        options={[
          { value: "INCREMENT", label: t("Increments"), help: t("A full one first, then what has changed.") },
          { value: "FULL", label: t("Full"), help: t("Everything, each time.") },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField name="keepLast" label={t("Keep the last")} help={keepHelp} {...{ values, set, errors }} />
        <Field label={t("File system freeze")} help={t("Takes effect while a VM runs.")}>
          {(control) => (
            <Select
              {...control}
              value={values.fsFreeze}
              onChange={(event) => {
                const { value } = event.target;
                set({ fsFreeze: value === "AGENT" || value === "SUSPEND" ? value : "NONE" });
              }}
            >
              <option value="NONE">{t("None: as after a power cut")}</option>
              <option value="AGENT">{t("Guest agent freezes")}</option>
              <option value="SUSPEND">{t("Suspend the machine for a moment")}</option>
            </Select>
          )}
        </Field>
        {values.mode === "INCREMENT" ? (
          <Field
            label={t("How increments are found")}
            help={t("Each VM's own choice is used when nothing is set here.")}
          >
            {(control) => (
              <Select
                {...control}
                value={values.incrementMode ?? ""}
                onChange={(event) => {
                  const { value } = event.target;
                  set({ incrementMode: value === "CBT" || value === "SNAPSHOT" ? value : null });
                }}
              >
                <option value="">{t("As each VM has it")}</option>
                <option value="CBT">{t("Changed blocks (bitmaps)")}</option>
                <option value="SNAPSHOT">{t("Snapshot (a file beside each disk)")}</option>
              </Select>
            )}
          </Field>
        ) : null}
      </div>
      <GfsFields
        value={values.gfs}
        error={errors.gfs}
        onChange={({ gfs, keepLast }) =>
          set({ gfs, ...(keepLast === undefined ? {} : { keepLast: String(keepLast) }) })
        }
      />
      <Checkbox
        checked={values.backupVolatile}
        onCheckedChange={(backupVolatile) => set({ backupVolatile })}
        label={t("Volatile disks too")}
      />
      <Checkbox
        checked={values.reset}
        onCheckedChange={(reset) => set({ reset })}
        label={t("Begin a new chain at every run")}
        help={t("Every run is then a full backup.")}
      />
    </div>
  );
}

/** How a run goes: order, priority, retries, new chains, RPO. */
export function RunFields({ values, set, errors }: PolicyFieldsProps) {
  const all = { values, set, errors };
  return (
    <div className="grid gap-4">
      <RadioCards
        legend={t("Execution")}
        columns={2}
        value={values.execution}
        onValueChange={(execution) => set({ execution })}
        options={[
          {
            value: "SEQUENTIAL",
            label: t("One VM after the other"),
            help: t("Best for one slow target, and for restic."),
          },
          { value: "PARALLEL", label: t("At the same time"), help: t("As many as the limits of the system allow.") },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField
          name="priority"
          label={t("Priority")}
          help={t("0 to 99; higher goes first. Above 49 it takes ADMIN on the job to change it.")}
          {...all}
        />
        <NumberField
          name="rpoHours"
          label={t("RPO in hours")}
          help={t("Longest time between two good backups. Empty: none.")}
          {...all}
        />
        <NumberField name="retries" label={t("Automatic retries of a failed VM")} help={t("0 to 10.")} {...all} />
        <NumberField
          name="retryMinutes"
          label={t("First retry after (minutes)")}
          help={t("Each wait is twice the one before.")}
          {...all}
        />
        <NumberField name="chainRuns" label={t("New chain every (runs)")} help={t("0: never.")} {...all} />
        <NumberField name="chainDays" label={t("New chain every (days)")} help={t("0: never.")} {...all} />
      </div>
    </div>
  );
}

function NumberField(props: PolicyFieldsProps & { name: NumberName; label: string; help: string }) {
  const { name, label, help, values, set, errors } = props;
  return (
    <Field label={label} help={help} error={errors[name]}>
      {(control) => (
        <Input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          value={values[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
}
