"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { DELIVERY_STATES, type DeliveryRow } from "@/server/domain/notification";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { rich, t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Select } from "../ui/select";
import { Time } from "../ui/time";
import { SEVERITY_VIEW, STATE_VIEW } from "./words";

const column = columnsOf<DeliveryRow>();

const COLUMNS = column.columns([
  column.accessor((row) => row.item.title, {
    id: "title",
    header: () => t("Message"),
    cell: ({ row }) => <Message row={row.original} />,
    meta: { isName: true, isInteractive: true, className: "min-w-56 wrap-anywhere" },
  }),
  column.accessor("state", {
    header: () => t("State"),
    cell: ({ row }) => <State row={row.original} />,
    meta: { card: "fact", className: "min-w-40" },
  }),
  column.accessor("channelName", {
    header: () => t("Channel"),
    meta: { card: "fact" },
  }),
  column.accessor("ruleName", {
    header: () => t("Rule"),
    meta: { card: "hidden" },
  }),
  column.accessor("tries", {
    header: () => t("Tries"),
    meta: { align: "end", card: "hidden" },
  }),
  column.accessor("createdAt", {
    header: () => t("Written"),
    cell: ({ getValue }) => <Time at={getValue()} short />,
    meta: { card: "fact", className: "whitespace-nowrap" },
  }),
]);

function Message({ row }: { row: DeliveryRow }) {
  const { item } = row;
  const view = SEVERITY_VIEW[item.severity];
  return (
    <>
      <Badge tone={view.tone} icon={view.icon}>
        {view.label}
      </Badge>{" "}
      {item.actionId === null ? (
        item.title
      ) : (
        <Link href={`/activity/${item.actionId}`} className="text-primary hover:underline">
          {item.title}
        </Link>
      )}
    </>
  );
}

function State({ row }: { row: DeliveryRow }) {
  const view = STATE_VIEW[row.state];
  return (
    <>
      <Badge tone={view.tone} icon={view.icon}>
        {view.label}
      </Badge>
      {row.state === "PENDING" ? (
        <span className="ms-1 text-sm text-muted">
          {rich("{noTries, select, yes {due} other {next try}} {dueAt}", {
            noTries: row.tries === 0 ? "yes" : "no",
            dueAt: <Time at={row.dueAt} short />,
          })}
        </span>
      ) : null}
      {row.error === null ? null : <span className="block text-sm text-muted wrap-anywhere">{row.error}</span>}
    </>
  );
}

/** What was sent, waits, or was given up, newest first. */
export function LogTab() {
  const trpc = useTRPC();
  const params = useTableParams();
  const [state, setState] = useQueryState(
    "state",
    parseAsStringLiteral(DELIVERY_STATES).withOptions({ history: "replace" }),
  );
  const { offset, limit } = params.input;
  const query = useQuery(
    trpc.notification.log.queryOptions(
      {
        offset,
        limit,
        ...(state === null ? {} : { state }),
        ...(params.search === "" ? {} : { search: params.search }),
      },
      { placeholderData: keepPreviousData },
    ),
  );
  const show = (next: (typeof DELIVERY_STATES)[number] | null) => {
    params.setPage(0);
    void setState(next);
  };
  return (
    <DataTable
      caption={t("Delivery log")}
      columns={COLUMNS}
      query={query}
      params={params}
      rowKey={(row) => row.id}
      searchLabel={t("Search message, rule or channel")}
      filters={
        <Select
          aria-label={t("State")}
          className="w-auto"
          value={state ?? ""}
          onChange={(event) => show(DELIVERY_STATES.find((each) => each === event.target.value) ?? null)}
        >
          <option value="">{t("All states")}</option>
          {DELIVERY_STATES.map((each) => (
            <option key={each} value={each}>
              {STATE_VIEW[each].label}
            </option>
          ))}
        </Select>
      }
      activeFilters={
        state === null
          ? []
          : [{ label: t("State: {label}", { label: STATE_VIEW[state].label }), onClear: () => show(null) }]
      }
      empty={
        <EmptyState icon={Inbox} title={t("No message yet")}>
          {t("What a rule sends, and each test, appears here with its outcome.")}
        </EmptyState>
      }
    />
  );
}
