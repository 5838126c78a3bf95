"use client";

import { useTable } from "@tanstack/react-table";
import { useMediaQuery } from "../hooks/use-media-query";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { cn } from "../lib/cn";
import { CardList } from "./card-list";
import { tableFeatureSet } from "./columns";
import { NoMatch } from "./no-match";
import { Pager } from "./pager";
import { Rows } from "./rows";
import { TableSkeleton } from "./skeleton";
import { Toolbar } from "./toolbar";
import type { DataTableProps } from "./types";

const NONE: never[] = [];
const PHONE = "(width < 768px)";

/**
 * The one table: search, order and pages on the server, kept in the URL; old rows stay while new ones load; loading,
 * error, empty and no-match faces; cards below 768 px. Areas supply columns.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { query, params } = props;
  const isPhone = useMediaQuery(PHONE);
  const table = useTable({ features: tableFeatureSet, columns: props.columns, data: query.data?.rows ?? NONE });
  const isFiltered = (params?.search ?? "") !== "" || (props.activeFilters ?? NONE).length > 0;
  const isEmpty = query.data !== undefined && query.data.rows.length === 0;
  return (
    <div className="card min-w-0 rounded-card border border-line bg-surface">
      {params === undefined || (isEmpty && !isFiltered) ? null : (
        <Toolbar
          params={params}
          searchLabel={props.searchLabel ?? t("Search")}
          filters={props.filters}
          activeFilters={props.activeFilters ?? NONE}
        />
      )}
      {query.error === null || query.error === undefined ? null : (
        <div className="p-4">
          <ErrorState error={query.error} what={props.caption.toLowerCase()} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending ? <TableSkeleton columns={props.columns.length} /> : null}
      {isEmpty && isFiltered ? <NoMatch params={params} activeFilters={props.activeFilters ?? NONE} /> : null}
      {isEmpty && !isFiltered ? props.empty : null}
      {query.data === undefined || isEmpty ? null : (
        <div className={cn(query.isFetching && query.error !== null && "opacity-60")} aria-busy={query.isFetching}>
          {isPhone ? <CardList table={table} {...props} /> : <Rows table={table} {...props} />}
        </div>
      )}
      {params === undefined || query.data === undefined ? null : <Pager params={params} total={query.data.total} />}
    </div>
  );
}
