"use client";

import { Search, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { TableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import type { ActiveFilter } from "./types";

const TYPING_MS = 250;

/** Search box, filter controls, and the filters that are set as chips. */
export function Toolbar(props: {
  params: TableParams;
  searchLabel: string;
  filters: ReactNode;
  activeFilters: readonly ActiveFilter[];
}) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <SearchBox label={props.searchLabel} value={props.params.search} onChange={props.params.setSearch} />
      {props.filters}
      {props.activeFilters.map((filter) => (
        <Button
          key={filter.label}
          size="sm"
          aria-label={t("Clear filter {label}", { label: filter.label })}
          onClick={filter.onClear}
        >
          {filter.label}
          <X aria-hidden />
        </Button>
      ))}
    </div>
  );
}

function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    // The URL changed by itself (a chip, the Back button): show what it says.
    setSeen(value);
    if (value !== typed.trim()) setTyped(value);
  }
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = window.setTimeout(() => onChange(typed.trim()), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <span className="relative min-w-48 grow sm:max-w-72">
      <Search
        aria-hidden
        className="pointer-events-none absolute inset-s-2.5 top-1/2 size-4 -translate-y-1/2 text-muted"
      />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
        className="ps-9"
      />
    </span>
  );
}
