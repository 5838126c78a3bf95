"use client";

import { useState } from "react";
import type { TryPolicy } from "@/server/domain/retention-preview";
import { t } from "../i18n/t";
import { Field } from "../ui/field";
import { Select } from "../ui/select";
import { RetentionPreview } from "./retention-preview";

interface JobRetentionProps {
  vms: readonly { id: number; name: string }[];
  policy: TryPolicy;
}

/** The preview for one VM of a job at a time, with the settings of the job. */
export function JobRetention({ vms, policy }: JobRetentionProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const vm = vms.find((one) => one.id === chosen) ?? vms[0];
  if (vm === undefined)
    return <p className="text-muted">{t("Choose a VM to see what these settings do to its points.")}</p>;
  return (
    <div className="min-w-0 space-y-3">
      <Field label={t("Preview for")} className="max-w-xs">
        {(control) => (
          <Select {...control} value={vm.id} onChange={(event) => setChosen(Number(event.target.value))}>
            {vms.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <RetentionPreview vmId={vm.id} policy={policy} />
    </div>
  );
}
