"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { STORE_CONTENTS_SORTS, type VmContents } from "@/server/domain/datastore-contents";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { formatBytes, formatCount, percentOf } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { CapacityBar } from "../ui/progress";
import { Time } from "../ui/time";

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
    meta: { sort: "vm", isName: true },
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
    meta: { sort: "stored", className: "min-w-52 py-2" },
  }),
  column.accessor("chains", {
    header: () => t("Chains"),
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { sort: "chains", align: "end" },
  }),
  column.accessor("points", {
    header: () => t("Points"),
    cell: ({ getValue }) => formatCount(getValue()),
    meta: { sort: "points", align: "end" },
  }),
  column.accessor("newestAt", {
    header: () => t("Newest point"),
    cell: ({ getValue }) => {
      const at = getValue();
      return at === null ? t("none") : <Time at={at} short />;
    },
    meta: { sort: "newest" },
  }),
]);

/** What a datastore holds, by VM: a bar and its figures in each row. */
export function DatastoreContents({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const params = useTableParams({ sort: "stored", isDescending: true, pageRows: 20 });
  const { sort, ...input } = params.input;
  const known = STORE_CONTENTS_SORTS.find((each) => each === sort);
  const query = useQuery(
    trpc.datastore.contents.queryOptions(
      { ...input, datastoreId, ...(known === undefined ? {} : { sort: known }) },
      { placeholderData: keepPreviousData },
    ),
  );
  const all = query.data?.storedBytes ?? 0;
  const page =
    query.data === undefined
      ? undefined
      : {
          rows: query.data.rows.map((row) => ({ ...row, share: percentOf(row.storedBytes, all) })),
          total: query.data.total,
        };
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
        rowHref={(row) => `/backups?datastore=${datastoreId}&q=${row.vmId}`}
        params={params}
        searchLabel={t("Search by name or id")}
        empty={
          <EmptyState icon={Archive} title={t("Nothing is stored here yet")}>
            {t("Choose this datastore when you back up a VM.")}
          </EmptyState>
        }
      />
    </section>
  );
}
