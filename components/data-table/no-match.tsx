"use client";

import { SearchX } from "lucide-react";
import type { TableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { Button } from "../ui/button";
import type { ActiveFilter } from "./types";

/** There are rows, but none passes the filters: names them and clears them. Never the first-use text. */
export function NoMatch({
  params,
  activeFilters,
}: {
  params: TableParams | undefined;
  activeFilters: readonly ActiveFilter[];
}) {
  const search = params?.search ?? "";
  return (
    <EmptyState
      icon={SearchX}
      title={t("Nothing matches")}
      actions={
        <>
          {search === "" ? null : (
            <Button onClick={() => params?.setSearch("")}>{t("Clear search “{search}”", { search })}</Button>
          )}
          {activeFilters.map((filter) => (
            <Button key={filter.label} onClick={filter.onClear}>
              {t("Clear {label}", { label: filter.label })}
            </Button>
          ))}
        </>
      }
    >
      {t("Change or clear the filters to see more.")}
    </EmptyState>
  );
}
