"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { ACTION_KINDS } from "@/server/domain/action";
import { ACTION_STATES, type ActionState } from "@/server/domain/states";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t, words } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { KIND_WORDS } from "../lib/words";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Select } from "../ui/select";
import { actionColumns } from "./action-columns";

const STATE_WORDS: Record<ActionState, string> = words({
  PENDING: "Queued",
  RUNNING: "Running",
  DONE: "Done",
  FAILED: "Failed",
  CANCELLED: "Cancelled",
});
const FILTERS = { kind: parseAsStringLiteral(ACTION_KINDS), state: parseAsStringLiteral(ACTION_STATES) };

/** All runs, filtered by kind and state. `vmId` narrows it to one VM. */
export function ActionTable({ vmId }: { vmId?: number }) {
  const trpc = useTRPC();
  const params = useTableParams();
  const [{ kind, state }, setFilters] = useQueryStates(FILTERS, { history: "replace" });
  const query = useQuery(
    trpc.action.list.queryOptions(
      {
        ...params.input,
        ...(kind === null ? {} : { kind }),
        ...(state === null ? {} : { state }),
        ...(vmId === undefined ? {} : { vmId }),
      },
      { placeholderData: keepPreviousData },
    ),
  );
  const set = (next: Parameters<typeof setFilters>[0]) => {
    params.setPage(0);
    void setFilters(next);
  };
  return (
    <DataTable
      caption={t("Runs")}
      columns={actionColumns}
      query={query}
      params={params}
      rowKey={(row) => String(row.id)}
      rowHref={(row) => `/activity/${row.id}`}
      searchLabel={t("Search VM or error")}
      filters={
        <>
          <Select
            aria-label={t("Kind")}
            className="w-auto"
            value={kind ?? ""}
            onChange={(event) => set({ kind: ACTION_KINDS.find((item) => item === event.target.value) ?? null })}
          >
            <option value="">{t("All kinds")}</option>
            {ACTION_KINDS.map((item) => (
              <option key={item} value={item}>
                {KIND_WORDS[item]}
              </option>
            ))}
          </Select>
          <Select
            aria-label={t("State")}
            className="w-auto"
            value={state ?? ""}
            onChange={(event) => set({ state: ACTION_STATES.find((item) => item === event.target.value) ?? null })}
          >
            <option value="">{t("All states")}</option>
            {ACTION_STATES.map((item) => (
              <option key={item} value={item}>
                {STATE_WORDS[item]}
              </option>
            ))}
          </Select>
        </>
      }
      activeFilters={[
        ...(kind === null
          ? []
          : [{ label: t("Kind: {kind}", { kind: KIND_WORDS[kind] }), onClear: () => set({ kind: null }) }]),
        ...(state === null
          ? []
          : [{ label: t("State: {state}", { state: STATE_WORDS[state] }), onClear: () => set({ state: null }) }]),
      ]}
      empty={
        <EmptyState
          icon={Activity}
          title={t("Nothing has run yet")}
          actions={
            <ButtonLink href="/vms" variant="primary">
              {t("Choose a VM to back up")}
            </ButtonLink>
          }
        >
          {t("Backups, restores and deletions appear here with their progress and log.")}
        </EmptyState>
      }
    />
  );
}
