"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { columnsOf, type DataColumns } from "@/components/data-table/columns";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/hooks/use-table-params";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { formatBytes, formatDuration } from "@/components/lib/format";
import { ActionStateBadge } from "@/components/state-badge";
import { useTRPC } from "@/components/trpc/client";
import { Time } from "@/components/ui/time";
import type { ActionRow } from "@/server/domain/action";
import { actionTitle } from "./action-title";

const column = columnsOf<ActionRow>();

const COLUMNS: DataColumns<ActionRow> = [
  column.accessor("kind", {
    header: () => t("Run"),
    meta: { isName: true },
    cell: ({ row }) => t("{actionTitle} (run {id})", { actionTitle: actionTitle(row.original), id: row.original.id }),
  }),
  column.accessor("state", {
    header: () => t("State"),
    meta: { card: "corner" },
    cell: ({ row }) => <ActionStateBadge action={row.original} />,
  }),
  column.accessor("createdAt", {
    header: () => t("Asked"),
    cell: ({ row }) => <Time at={row.original.createdAt} short />,
  }),
  column.display({
    id: "took",
    header: () => t("Took"),
    cell: ({ row }) => took(row.original),
  }),
  column.accessor("bytes", {
    header: () => t("Bytes"),
    meta: { align: "end" },
    cell: ({ row }) => (row.original.bytes === null ? "–" : formatBytes(row.original.bytes)),
  }),
  column.accessor("error", {
    header: () => t("What went wrong"),
    meta: { card: "hidden", className: "max-w-96" },
    cell: ({ row }) => row.original.error ?? "–",
  }),
];

function took({ startedAt, endedAt }: ActionRow): string {
  return startedAt === null || endedAt === null ? "–" : formatDuration(endedAt - startedAt);
}

/** Runs of one VM or one backup, newest first. */
export function RunsOf(props: {
  filter: { vmId: number } | { imageId: number };
  caption: string;
  /** What is said while there is none. */
  empty: string;
}) {
  const trpc = useTRPC();
  const params = useTableParams({ isDescending: true });
  const query = useQuery(
    trpc.action.list.queryOptions({ ...params.input, ...props.filter }, { placeholderData: keepPreviousData }),
  );
  return (
    <DataTable
      caption={props.caption}
      columns={COLUMNS}
      query={query}
      rowKey={(row) => String(row.id)}
      rowHref={(row) => `/activity/${row.id}`}
      params={params}
      searchLabel={t("Search the runs")}
      empty={
        <EmptyState icon={Activity} title={t("Nothing has run yet")}>
          {props.empty}
        </EmptyState>
      }
    />
  );
}
