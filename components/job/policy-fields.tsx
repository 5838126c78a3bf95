"use client";

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
  const keepHelp = values.mode === "FULL" ? "Backups of each VM. 0 keeps all." : "Points of a chain. 0 keeps all.";
  return (
    <div className="grid gap-4">
      <RadioCards
        legend="Mode"
        columns={2}
        value={values.mode}
        onValueChange={(mode) => set({ mode })}
        options={[
          { value: "INCREMENT", label: "Increments", help: "A full one first, then what has changed." },
          { value: "FULL", label: "Full", help: "Everything, each time." },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField name="keepLast" label="Keep the last" help={keepHelp} {...{ values, set, errors }} />
        <Field label="File system freeze" help="Takes effect while a VM runs.">
          {(control) => (
            <Select
              {...control}
              value={values.fsFreeze}
              onChange={(event) => {
                const { value } = event.target;
                set({ fsFreeze: value === "AGENT" || value === "SUSPEND" ? value : "NONE" });
              }}
            >
              <option value="NONE">None: as after a power cut</option>
              <option value="AGENT">Guest agent freezes</option>
              <option value="SUSPEND">Suspend the machine for a moment</option>
            </Select>
          )}
        </Field>
        {values.mode === "INCREMENT" ? (
          <Field label="How increments are found" help="Each VM's own choice is used when nothing is set here.">
            {(control) => (
              <Select
                {...control}
                value={values.incrementMode ?? ""}
                onChange={(event) => {
                  const { value } = event.target;
                  set({ incrementMode: value === "CBT" || value === "SNAPSHOT" ? value : null });
                }}
              >
                <option value="">As each VM has it</option>
                <option value="CBT">Changed blocks (bitmaps)</option>
                <option value="SNAPSHOT">Snapshot (a file beside each disk)</option>
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
        label="Volatile disks too"
      />
      <Checkbox
        checked={values.reset}
        onCheckedChange={(reset) => set({ reset })}
        label="Begin a new chain at every run"
        help="Every run is then a full backup."
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
        legend="Execution"
        columns={2}
        value={values.execution}
        onValueChange={(execution) => set({ execution })}
        options={[
          { value: "SEQUENTIAL", label: "One VM after the other", help: "Best for one slow target, and for restic." },
          { value: "PARALLEL", label: "At the same time", help: "As many as the limits of the system allow." },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField
          name="priority"
          label="Priority"
          help="0 to 99; higher goes first. Above 49 it takes ADMIN on the job to change it."
          {...all}
        />
        <NumberField
          name="rpoHours"
          label="RPO in hours"
          help="Longest time between two good backups. Empty: none."
          {...all}
        />
        <NumberField name="retries" label="Automatic retries of a failed VM" help="0 to 10." {...all} />
        <NumberField
          name="retryMinutes"
          label="First retry after (minutes)"
          help="Each wait is twice the one before."
          {...all}
        />
        <NumberField name="chainRuns" label="New chain every (runs)" help="0: never." {...all} />
        <NumberField name="chainDays" label="New chain every (days)" help="0: never." {...all} />
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
