"use client";

import { parseAsBoolean, parseAsInteger, parseAsString, useQueryStates } from "nuqs";
import { useMemo } from "react";

const PAGE_ROWS = 50;

export interface TableParams {
  /** What the list procedures of the API take. */
  input: { offset: number; limit: number; sort?: string; descending: boolean; search?: string };
  search: string;
  sort: string | null;
  isDescending: boolean;
  /** First page is 0. */
  page: number;
  pageRows: number;
  setSearch: (search: string) => void;
  /** Sorts by a column; the same column again turns the order round. */
  toggleSort: (column: string) => void;
  setPage: (page: number) => void;
}

/** Search, order and page of a table, kept in the URL (`?q=&sort=&desc=&page=`), so that a list can be shared and gone back to. */
export function useTableParams(
  defaults: { sort?: string; isDescending?: boolean; pageRows?: number } = {},
): TableParams {
  const [state, setState] = useQueryStates(
    {
      q: parseAsString.withDefault(""),
      sort: parseAsString,
      desc: parseAsBoolean,
      page: parseAsInteger.withDefault(0),
    },
    { history: "replace" },
  );
  const pageRows = defaults.pageRows ?? PAGE_ROWS;
  const sort = state.sort ?? defaults.sort ?? null;
  const isDescending = state.desc ?? (state.sort === null ? (defaults.isDescending ?? false) : false);
  const search = state.q.slice(0, 200);
  const page = Math.max(0, state.page);
  const input = useMemo(
    () => ({
      offset: page * pageRows,
      limit: pageRows,
      descending: isDescending,
      ...(sort === null ? {} : { sort }),
      ...(search === "" ? {} : { search }),
    }),
    [page, pageRows, isDescending, sort, search],
  );
  return {
    input,
    search,
    sort,
    isDescending,
    page,
    pageRows,
    setSearch: (q) => void setState({ q: q === "" ? null : q, page: null }),
    toggleSort: (column) => void setState({ sort: column, desc: sort === column ? !isDescending : false, page: null }),
    setPage: (next) => void setState({ page: next === 0 ? null : next }),
  };
}
