"use client";

import type { ReactTable, Row as TableRow } from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useId, useState } from "react";
import type { TableParams } from "../hooks/use-table-params";
import { cn } from "../lib/cn";
import { ScrollBox } from "../ui/scroll-box";
import type { TableColumnMeta, tableFeatureSet } from "./columns";
import { DetailButton } from "./row-detail";
import type { DataTableProps } from "./types";

export type AnyTable<Row extends object> = ReactTable<typeof tableFeatureSet, Row>;

/** Header and rows. The name of a row is its link, stretched over the whole row. */
export function Rows<Row extends object>({ table, ...props }: DataTableProps<Row> & { table: AnyTable<Row> }) {
  return (
    <ScrollBox label={props.caption} className="xl:static xl:overflow-x-visible">
      <table className="w-full border-collapse">
        <caption className="sr-only">{props.caption}</caption>
        <thead className="bg-surface xl:sticky xl:top-14 xl:z-20">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {props.detail === undefined ? null : <td className={headStyles} />}
              {group.headers.map((header) => (
                <HeaderCell key={header.id} meta={header.column.columnDef.meta} params={props.params}>
                  <table.FlexRender header={header} />
                </HeaderCell>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <BodyRow key={props.rowKey(row.original)} table={table} row={row} {...props} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function BodyRow<Row extends object>({
  table,
  row,
  ...props
}: DataTableProps<Row> & { table: AnyTable<Row>; row: TableRow<typeof tableFeatureSet, Row> }) {
  const [isOpen, setIsOpen] = useState(false);
  const detailId = useId();
  const { detail } = props;
  const cells = row.getAllCells();
  return (
    <>
      <tr className="relative border-b border-line last:border-b-0 hover:bg-neutral-tint">
        {detail === undefined ? null : (
          <td className="w-0 ps-2">
            <DetailButton
              label={detail.label(row.original)}
              isOpen={isOpen}
              controls={detailId}
              onToggle={() => setIsOpen(!isOpen)}
            />
          </td>
        )}
        {cells.map((cell) => (
          <BodyCell key={cell.id} meta={cell.column.columnDef.meta} href={props.rowHref?.(row.original)}>
            <table.FlexRender cell={cell} />
          </BodyCell>
        ))}
      </tr>
      {detail !== undefined && isOpen ? (
        <tr id={detailId}>
          <td colSpan={cells.length + 1} className="max-w-0 border-b border-line bg-bg p-2">
            {detail.render(row.original)}
          </td>
        </tr>
      ) : null}
    </>
  );
}

const headStyles =
  "h-9 border-b border-line px-3 text-start text-sm font-medium whitespace-nowrap text-muted first:ps-4 last:pe-4";

function HeaderCell(props: {
  meta: TableColumnMeta | undefined;
  params: TableParams | undefined;
  children: ReactNode;
}) {
  const { meta, params } = props;
  const end = meta?.align === "end" ? "text-end" : undefined;
  const sort = meta?.sort;
  if (sort === undefined || params === undefined) {
    return (
      <th scope="col" className={cn(headStyles, end)}>
        {props.children}
      </th>
    );
  }
  const isSorted = params.sort === sort;
  const Icon = !isSorted ? ArrowUpDown : params.isDescending ? ArrowDown : ArrowUp;
  const order = params.isDescending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={isSorted ? order : "none"} className={cn(headStyles, end)}>
      <button
        type="button"
        onClick={() => params.toggleSort(sort)}
        className="-mx-1 inline-flex h-7 items-center gap-1 rounded px-1 hover:text-text"
      >
        {props.children}
        <Icon aria-hidden className={cn("size-3.5", !isSorted && "opacity-50")} />
      </button>
    </th>
  );
}

const cellStyles = "h-(--row) px-3 py-1 align-middle first:ps-4 last:pe-4";

function BodyCell(props: { meta: TableColumnMeta | undefined; href: string | undefined; children: ReactNode }) {
  const { meta, href } = props;
  const className = cn(
    cellStyles,
    meta?.align === "end" && "text-end",
    meta?.isInteractive === true && "relative z-10",
    meta?.className,
  );
  if (meta?.isName !== true) return <td className={className}>{props.children}</td>;
  return (
    <th scope="row" className={cn(className, "text-start font-medium")}>
      {href === undefined ? props.children : <RowLink href={href}>{props.children}</RowLink>}
    </th>
  );
}

/** A link whose target is the nearest positioned ancestor: the row or the card. */
export function RowLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link
      href={href}
      className="text-primary after:absolute after:inset-0 hover:underline focus-visible:outline-none focus-visible:after:rounded focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-ring"
    >
      {children}
    </Link>
  );
}
