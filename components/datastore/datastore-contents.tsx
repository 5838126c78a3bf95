"use client";

import { useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { EmptyState } from "../layout/empty-state";
import { formatBytes, formatCount, percentOf } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { CapacityBar } from "../ui/progress";
import { Time } from "../ui/time";
import { contentsByVm, type VmContents } from "./contents-by-vm";

/** The API hands out at most this many chains at once. */
const MAX_CHAINS = 200;

interface Row extends VmContents {
  share: number;
}
const column = columnsOf<Row>();
const columns = column.columns([
  column.accessor("vmName", {
    header: "VM",
    cell: ({ row }) => (
      <>
        {row.original.vmName} <span className="font-normal text-muted">#{row.original.vmId}</span>
      </>
    ),
    meta: { isName: true },
  }),
  column.accessor("share", {
    header: "Stored",
    cell: ({ row }) => (
      <CapacityBar
        label={`Share of ${row.original.vmName}`}
        percent={row.original.share}
        tone="primary"
        text={`${formatBytes(row.original.storedBytes)}, ${row.original.share} % of the backups here`}
      />
    ),
    meta: { className: "min-w-52 py-2" },
  }),
  column.accessor("chains", {
    header: "Chains",
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { align: "end" },
  }),
  column.accessor("points", {
    header: "Points",
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { align: "end" },
  }),
  column.accessor("newestAt", {
    header: "Newest point",
    cell: ({ getValue }) => {
      const at = getValue();
      return at === null ? "none" : <Time at={at} short />;
    },
  }),
]);

/** What a datastore holds, by VM. */
export function DatastoreContents({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.backup.list.queryOptions({ datastoreId, limit: MAX_CHAINS }));
  const rows = contentsByVm(query.data?.rows ?? []);
  const all = rows.reduce((sum, row) => sum + row.storedBytes, 0);
  const page =
    query.data === undefined
      ? undefined
      : { rows: rows.map((row) => ({ ...row, share: percentOf(row.storedBytes, all) })), total: rows.length };
  return (
    <section aria-labelledby="contents">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 id="contents" className="text-md font-semibold">
          Contents by VM
        </h2>
        <ButtonLink size="sm" href={`/backups?datastore=${datastoreId}`}>
          Show its backups
        </ButtonLink>
      </div>
      <DataTable
        caption="Contents by VM"
        columns={columns}
        query={{ ...query, data: page }}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        empty={
          <EmptyState icon={Archive} title="Nothing is stored here yet">
            Choose this datastore when you back up a VM.
          </EmptyState>
        }
      />
      {query.data !== undefined && query.data.total > MAX_CHAINS ? (
        <p className="mt-2 text-muted">
          Counted over the {MAX_CHAINS} newest of {formatCount(query.data.total)} chains.
        </p>
      ) : null}
    </section>
  );
}
