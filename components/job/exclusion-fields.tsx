"use client";

import { Plus, X } from "lucide-react";
import type { JobCandidate } from "@/server/domain/job/selection";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import type { JobValues } from "./job-values";

/** VMs that are left out of every run, each with the reason in writing. */
export function ExclusionFields(props: {
  candidates: readonly JobCandidate[];
  values: JobValues["exclusions"];
  onChange: (values: JobValues["exclusions"]) => void;
  error: string | undefined;
}) {
  const { candidates, values, onChange, error } = props;
  const free = candidates.filter((vm) => !values.some((one) => one.vmId === vm.id));
  const [next] = free;
  const set = (index: number, part: Partial<JobValues["exclusions"][number]>) =>
    onChange(values.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <div className="grid gap-2">
      <p className="font-medium">{t("Left out")}</p>
      {values.map((one, index) => (
        <div key={one.vmId} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
          <Select
            aria-label={t("VM left out {index}", { index: index + 1 })}
            className="sm:w-56"
            value={one.vmId}
            onChange={(event) => set(index, { vmId: Number(event.target.value) })}
          >
            {candidates
              .filter((vm) => vm.id === one.vmId || free.includes(vm))
              .map((vm) => (
                <option key={vm.id} value={vm.id}>
                  {vm.name} ({vm.id})
                </option>
              ))}
          </Select>
          <Input
            aria-label={t("Reason {index}", { index: index + 1 })}
            aria-invalid={error !== undefined && one.reason.trim().length < 3 ? true : undefined}
            placeholder={t("Why it is left out")}
            value={one.reason}
            onChange={(event) => set(index, { reason: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={t("Do not leave out {index}", { index: index + 1 })}
            onClick={() => onChange(values.filter((_, at) => at !== index))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      {error === undefined ? null : <p className="text-danger">{error}</p>}
      <div>
        <Button
          size="sm"
          disabledReason={next === undefined ? t("Every VM is left out already.") : null}
          onClick={() => next !== undefined && onChange([...values, { vmId: next.id, reason: "" }])}
        >
          <Plus aria-hidden /> {t("Leave a VM out")}
        </Button>
      </div>
    </div>
  );
}
