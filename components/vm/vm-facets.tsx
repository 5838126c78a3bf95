"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { t, words } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";
import { FACET_FIELDS, type FacetField } from "@/server/domain/vm";
import { hasVmTerm, toggleVmTerm } from "@/server/domain/vm-query";
import { useMediaQuery } from "../hooks/use-media-query";
import { cn } from "../lib/cn";
import { formatCount } from "../lib/format";
import { PROTECTION_WORDS } from "./protection-words";

const TITLES: Record<FacetField, string> = words({
  status: "Protection",
  job: "Job",
  owner: "Owner",
  group: "Group",
  host: "Host",
});
/** Of each facet, before "more" is asked for. */
const SHOWN = 6;

/** What the list can be narrowed by, with how many VMs each value has: a click writes its condition into the search. */
export function VmFacets({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const trpc = useTRPC();
  const isWide = useMediaQuery("(width >= 1680px)");
  const { data } = useQuery(trpc.vm.facets.queryOptions({ search }, { placeholderData: keepPreviousData }));
  const shown = FACET_FIELDS.filter((field) => (data?.[field].length ?? 0) > 0);
  if (data === undefined || shown.length === 0) return null;
  const groups = shown.map((field) => (
    <Facet key={field} field={field} values={data[field]} search={search} onSearch={onSearch} />
  ));
  if (isWide) {
    return (
      <aside aria-label={t("Narrow the list down")} className="w-48 shrink-0 space-y-4">
        {groups}
      </aside>
    );
  }
  return (
    <details className="rounded-card border border-line bg-surface p-3">
      <summary className="font-medium">{t("Narrow the list down")}</summary>
      <div className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-4">{groups}</div>
    </details>
  );
}

interface FacetProps {
  field: FacetField;
  values: readonly { value: string; count: number }[];
  search: string;
  onSearch: (search: string) => void;
}

function Facet({ field, values, search, onSearch }: FacetProps) {
  const row = ({ value, count }: FacetProps["values"][number]) => {
    const term = termOf(field, value);
    const isOn = hasVmTerm(search, field, term);
    return (
      <li key={value}>
        <button
          type="button"
          aria-pressed={isOn}
          onClick={() => onSearch(toggleVmTerm(search, field, term))}
          className={cn(
            "flex min-h-7 w-full items-center gap-1.5 rounded-control px-1.5 text-start hover:bg-primary-tint",
            isOn && "bg-primary-tint font-medium text-primary",
          )}
        >
          {isOn ? <Check aria-hidden className="size-4 shrink-0" /> : null}
          <span className="min-w-0 grow truncate" title={value}>
            {wordOf(field, value)}
          </span>
          <span className="text-sm text-muted tabular-nums">{formatCount(count)}</span>
        </button>
      </li>
    );
  };
  const rest = values.slice(SHOWN);
  return (
    <section>
      <h2 className="mb-1 px-1.5 text-sm font-medium text-muted">{TITLES[field]}</h2>
      <ul>{values.slice(0, SHOWN).map(row)}</ul>
      {rest.length === 0 ? null : (
        <details>
          <summary className="px-1.5 text-sm text-muted">{t("{restCount} more", { restCount: rest.length })}</summary>
          <ul>{rest.map(row)}</ul>
        </details>
      )}
    </section>
  );
}

/** A state and "in none" are words of the search; everything else is a whole name. */
function termOf(field: FacetField, value: string): string {
  return field === "status" || (field === "job" && value === "none") ? value : `=${value}`;
}

function wordOf(field: FacetField, value: string): string {
  if (field === "status") return PROTECTION_WORDS[value] ?? value;
  return field === "job" && value === "none" ? t("In no job") : value;
}
