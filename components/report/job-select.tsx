"use client";

import { useQuery } from "@tanstack/react-query";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Select } from "../ui/select";

/** Narrows a report to one backup job. */
export function JobSelect({ value, onChange }: { value: number | null; onChange: (jobId: number | null) => void }) {
  const trpc = useTRPC();
  const jobs = useQuery(trpc.job.list.queryOptions({ limit: 200, sort: "name" }));
  return (
    <Select
      aria-label={t("Filter by job")}
      className="w-44"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
    >
      <option value="">{t("Any job")}</option>
      {(jobs.data?.rows ?? []).map((row) => (
        <option key={row.id} value={row.id}>
          {row.name}
        </option>
      ))}
    </Select>
  );
}
