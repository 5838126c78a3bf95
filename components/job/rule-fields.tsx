"use client";

import type { JobCandidate } from "@/server/domain/job/selection";
import { isSelected } from "@/server/domain/job/selection";
import { t } from "../i18n/t";
import { Checkbox } from "../ui/checkbox";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Switch } from "../ui/switch";
import { type JobErrors, type JobValues, selectionOf } from "./job-values";

interface RuleFieldsProps {
  candidates: readonly JobCandidate[];
  jobId: number | null;
  values: JobValues;
  set: (part: Partial<JobValues>) => void;
  errors: JobErrors;
}

/** VMs chosen by what they are, future ones too, with the live list of those that it means now. */
export function RuleFields({ candidates, jobId, values, set, errors }: RuleFieldsProps) {
  return (
    <div className="grid gap-4">
      <Switch
        checked={values.hasRule}
        onCheckedChange={(hasRule) => set({ hasRule })}
        label={t("Also every VM that fits a rule")}
        help={t(
          "Looked up at the beginning of each run: future VMs come by themselves, and leave when they no longer fit.",
        )}
      />
      {values.hasRule ? (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label={t("Name")}
              help={t("* stands for any characters, ? for one. Empty: any name.")}
              error={errors.namePattern}
            >
              {(control) => (
                <Input
                  {...control}
                  value={values.namePattern}
                  placeholder={t("web-*")}
                  onChange={(event) => set({ namePattern: event.target.value })}
                />
              )}
            </Field>
            <Field label={t("Labels")} help={t("Separated by commas; one of them is enough. Empty: any.")}>
              {(control) => (
                <Input
                  {...control}
                  value={values.labels}
                  placeholder={t("production, database")}
                  onChange={(event) => set({ labels: event.target.value })}
                />
              )}
            </Field>
          </div>
          <div className="grid gap-4 sm:grid-cols-3">
            <Choices
              legend={t("Owner")}
              options={distinct(candidates, (vm) => [vm.ownerId, vm.ownerName])}
              values={values.ownerIds}
              onChange={(ownerIds) => set({ ownerIds })}
            />
            <Choices
              legend={t("Group")}
              options={distinct(candidates, (vm) => [vm.groupId, vm.groupName])}
              values={values.groupIds}
              onChange={(groupIds) => set({ groupIds })}
            />
            <Choices
              legend={t("Host")}
              options={distinct(candidates, (vm) => [vm.hostId, vm.hostName])}
              values={values.hostIds}
              onChange={(hostIds) => set({ hostIds })}
            />
          </div>
          <Matches candidates={candidates} jobId={jobId} values={values} />
        </>
      ) : null}
    </div>
  );
}

function Matches({ candidates, jobId, values }: Pick<RuleFieldsProps, "candidates" | "jobId" | "values">) {
  const rule = selectionOf(values);
  if (rule === null) return null;
  const matches = candidates.filter((vm) => vm.missingRight === null && isSelected(vm, rule));
  const free = matches.filter((vm) => vm.jobId === null || vm.jobId === jobId);
  const taken = matches.length - free.length;
  const excluded = free.filter((vm) => values.exclusions.some((one) => one.vmId === vm.id)).length;
  const notes = [
    taken > 0 ? t("{taken} more fit, but are in other jobs", { taken }) : null,
    excluded > 0 ? t("{excluded} of them left out below", { excluded }) : null,
  ].filter((text) => text !== null);
  return (
    <div className="rounded-card border border-line bg-bg p-3" data-testid="rule-matches">
      <p className="font-medium">
        {t("{freeCount, plural, one {1 VM fits now} other {{freeCount} VMs fit now}}{value}.", {
          freeCount: free.length,
          value: notes.length === 0 ? "" : `; ${notes.join(", ")}`,
        })}
      </p>
      <p className="text-sm text-muted wrap-anywhere">
        {t("{free}{isFreeCount, select, yes { and others} other {}}", {
          free: free
            .slice(0, 30)
            .map((vm) => vm.name)
            .join(", "),
          isFreeCount: free.length > 30 ? "yes" : "no",
        })}
      </p>
    </div>
  );
}

function Choices(props: {
  legend: string;
  options: readonly (readonly [id: number, name: string])[];
  values: readonly number[];
  onChange: (values: number[]) => void;
}) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">{props.legend}</legend>
      <div className="max-h-40 space-y-1 overflow-y-auto">
        {props.options.map(([id, name]) => (
          <Checkbox
            key={id}
            label={name}
            checked={props.values.includes(id)}
            onCheckedChange={(isOn) =>
              props.onChange(isOn ? [...props.values, id] : props.values.filter((one) => one !== id))
            }
          />
        ))}
      </div>
      <p className="text-sm text-muted">{props.values.length === 0 ? t("None ticked: any.") : ""}</p>
    </fieldset>
  );
}

function distinct(
  candidates: readonly JobCandidate[],
  of: (vm: JobCandidate) => [id: number, name: string],
): [id: number, name: string][] {
  return [...new Map(candidates.map(of))].sort((a, b) => a[1].localeCompare(b[1]));
}
