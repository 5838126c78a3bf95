import type { ReactNode } from "react";
import type { Page } from "@/server/domain/ids";
import type { TableParams } from "../hooks/use-table-params";
import type { DataColumns } from "./columns";
import type { RowDetail } from "./row-detail";

/** The part of a `useQuery` result that a table needs. Give the query `placeholderData: keepPreviousData`. */
export interface TableQuery<Row> {
  data: Page<Row> | undefined;
  error: unknown;
  isPending: boolean;
  isFetching: boolean;
  refetch: () => unknown;
}

export interface ActiveFilter {
  label: string;
  onClear: () => void;
}

export interface DataTableProps<Row extends object> {
  /** Name of the table for screen readers: "Runs". */
  caption: string;
  columns: DataColumns<Row>;
  query: TableQuery<Row>;
  rowKey: (row: Row) => string;
  rowHref?: (row: Row) => string;
  /** What a row opens to, below itself. */
  detail?: RowDetail<Row>;
  /** Search, order and page from the URL; without it the table has no toolbar and no pages. */
  params?: TableParams;
  searchLabel?: string;
  /** Filter controls beside the search box. */
  filters?: ReactNode;
  /** Filters that are set, besides the search; shown as chips that clear them. */
  activeFilters?: readonly ActiveFilter[];
  /** First use: shown when there is nothing and nothing is filtered. */
  empty: ReactNode;
}
