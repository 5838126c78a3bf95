"use client";

import { useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { t } from "../i18n/t";
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
    header: () => t("Stored"),
    cell: ({ row }) => (
      <CapacityBar
        label={t("Share of {vmName}", { vmName: row.original.vmName })}
        percent={row.original.share}
        tone="primary"
        text={t("{storedBytes}, {share} % of the backups here", {
          storedBytes: formatBytes(row.original.storedBytes),
          share: row.original.share,
        })}
      />
    ),
    meta: { className: "min-w-52 py-2" },
  }),
  column.accessor("chains", {
    header: () => t("Chains"),
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { align: "end" },
  }),
  column.accessor("points", {
    header: () => t("Points"),
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { align: "end" },
  }),
  column.accessor("newestAt", {
    header: () => t("Newest point"),
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
          {t("Contents by VM")}
        </h2>
        <ButtonLink size="sm" href={`/backups?datastore=${datastoreId}`}>
          {t("Show its backups")}
        </ButtonLink>
      </div>
      <DataTable
        caption={t("Contents by VM")}
        columns={columns}
        query={{ ...query, data: page }}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        empty={
          <EmptyState icon={Archive} title={t("Nothing is stored here yet")}>
            {t("Choose this datastore when you back up a VM.")}
          </EmptyState>
        }
      />
      {query.data !== undefined && query.data.total > MAX_CHAINS ? (
        <p className="mt-2 text-muted">
          {t("Counted over the {maxChains} newest of {total} chains.", {
            maxChains: MAX_CHAINS,
            total: formatCount(query.data.total),
          })}
        </p>
      ) : null}
    </section>
  );
}
