"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { actionTitle } from "@/components/action/action-title";
import { columnsOf, type DataColumns } from "@/components/data-table/columns";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/hooks/use-table-params";
import { EmptyState } from "@/components/layout/empty-state";
import { formatBytes, formatDuration } from "@/components/lib/format";
import { ActionStateBadge } from "@/components/state-badge";
import { useTRPC } from "@/components/trpc/client";
import { Time } from "@/components/ui/time";
import type { ActionRow } from "@/server/domain/action";

const column = columnsOf<ActionRow>();

const COLUMNS: DataColumns<ActionRow> = [
  column.accessor("kind", {
    header: "Run",
    meta: { isName: true },
    cell: ({ row }) => `${actionTitle(row.original)} (run ${row.original.id})`,
  }),
  column.accessor("state", {
    header: "State",
    meta: { card: "corner" },
    cell: ({ row }) => <ActionStateBadge action={row.original} />,
  }),
  column.accessor("createdAt", { header: "Asked", cell: ({ row }) => <Time at={row.original.createdAt} short /> }),
  column.display({ id: "took", header: "Took", cell: ({ row }) => took(row.original) }),
  column.accessor("bytes", {
    header: "Bytes",
    meta: { align: "end" },
    cell: ({ row }) => (row.original.bytes === null ? "–" : formatBytes(row.original.bytes)),
  }),
  column.accessor("error", {
    header: "What went wrong",
    meta: { card: "hidden", className: "max-w-96" },
    cell: ({ row }) => row.original.error ?? "–",
  }),
];

function took({ startedAt, endedAt }: ActionRow): string {
  return startedAt === null || endedAt === null ? "–" : formatDuration(endedAt - startedAt);
}

/** What ran on this VM, newest first. */
export function VmActivity({ vmId }: { vmId: number }) {
  const trpc = useTRPC();
  const params = useTableParams({ isDescending: true });
  const query = useQuery(
    trpc.action.list.queryOptions({ ...params.input, vmId }, { placeholderData: keepPreviousData }),
  );
  return (
    <DataTable
      caption="Runs of this VM"
      columns={COLUMNS}
      query={query}
      rowKey={(row) => String(row.id)}
      rowHref={(row) => `/activity/${row.id}`}
      params={params}
      searchLabel="Search the runs"
      empty={
        <EmptyState icon={Activity} title="Nothing has run yet">
          Backups and restores of this VM are listed here.
        </EmptyState>
      }
    />
  );
}
