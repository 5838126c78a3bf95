"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { parseAsInteger, useQueryState } from "nuqs";
import { NoMatch } from "@/components/data-table/no-match";
import { Pager } from "@/components/data-table/pager";
import { TableSkeleton } from "@/components/data-table/skeleton";
import { Toolbar } from "@/components/data-table/toolbar";
import { useTableParams } from "@/components/hooks/use-table-params";
import { EmptyState } from "@/components/layout/empty-state";
import { ErrorState } from "@/components/layout/error-state";
import { useTRPC } from "@/components/trpc/client";
import { ButtonLink } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { Table, Th } from "@/components/ui/table";
import { BackupRow } from "./backup-row";

/** The catalogue: every chain and full backup, each row opening to its points. */
export function BackupTable() {
  const trpc = useTRPC();
  const params = useTableParams();
  const [datastoreId, setDatastoreId] = useQueryState("datastore", parseAsInteger);
  const stores = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const query = useQuery(
    trpc.backup.list.queryOptions(
      { ...params.input, ...(datastoreId === null ? {} : { datastoreId }) },
      { placeholderData: keepPreviousData },
    ),
  );
  const rows = query.data?.rows;
  const isFiltered = params.search !== "" || datastoreId !== null;
  const store = stores.data?.find((datastore) => datastore.id === datastoreId);
  const activeFilters =
    datastoreId === null
      ? []
      : [{ label: store?.name ?? `Datastore ${datastoreId}`, onClear: () => void setDatastoreId(null) }];

  return (
    <div className="card min-w-0 rounded-card border border-line bg-surface">
      {(isFiltered || rows === undefined || rows.length > 0) && (
        <Toolbar
          params={params}
          searchLabel="Search by VM or name"
          activeFilters={activeFilters}
          filters={
            <Select
              aria-label="Filter by datastore"
              className="w-48"
              value={datastoreId ?? ""}
              onChange={(event) => {
                params.setPage(0);
                void setDatastoreId(event.target.value === "" ? null : Number(event.target.value));
              }}
            >
              <option value="">Any datastore</option>
              {stores.data?.map((datastore) => (
                <option key={datastore.id} value={datastore.id}>
                  {datastore.name}
                </option>
              ))}
            </Select>
          }
        />
      )}
      {query.isError && (
        <div className="p-4">
          <ErrorState error={query.error} what="the backups" onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <TableSkeleton columns={8} />}
      {rows?.length === 0 && (isFiltered ? <NoMatch params={params} activeFilters={activeFilters} /> : <NoBackups />)}
      {rows !== undefined && rows.length > 0 && (
        <Table caption="Backups" aria-busy={query.isFetching}>
          <thead>
            <tr>
              <Th>VM</Th>
              <Th>State</Th>
              <Th className="max-md:hidden">Type</Th>
              <Th className="max-sm:hidden">Points</Th>
              <Th className="max-sm:hidden">Newest</Th>
              <Th className="max-xl:hidden">Oldest</Th>
              <Th className="text-end max-lg:hidden">Stored</Th>
              <Th className="text-end max-xl:hidden">Guest size</Th>
              <Th className="max-lg:hidden">Datastore</Th>
            </tr>
          </thead>
          <tbody>
            {rows.map((chain) => (
              <BackupRow key={chain.imageId} chain={chain} />
            ))}
          </tbody>
        </Table>
      )}
      {query.data !== undefined && <Pager params={params} total={query.data.total} />}
    </div>
  );
}

function NoBackups() {
  return (
    <EmptyState
      icon={Archive}
      title="No backups yet"
      actions={<ButtonLink href="/vms">Choose a VM to back up</ButtonLink>}
    >
      Every chain and every full backup is listed here, also of machines that are gone.
    </EmptyState>
  );
}
