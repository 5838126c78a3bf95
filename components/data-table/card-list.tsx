"use client";

import { useId, useState } from "react";
import { cn } from "../lib/cn";
import { DetailButton, type RowDetail } from "./row-detail";
import { type AnyTable, RowLink } from "./rows";
import type { DataTableProps } from "./types";

const FACTS = 3;

/** The same rows as cards: title, state in the corner, the most important facts. */
export function CardList<Row extends object>({ table, ...props }: DataTableProps<Row> & { table: AnyTable<Row> }) {
  const headers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header]));
  return (
    <ul aria-label={props.caption}>
      {table.getRowModel().rows.map((row) => {
        const cells = row.getAllCells();
        const name = cells.find((cell) => cell.column.columnDef.meta?.isName === true);
        const corner = cells.filter((cell) => cell.column.columnDef.meta?.card === "corner");
        const others = cells.filter(
          (cell) => cell !== name && !corner.includes(cell) && cell.column.columnDef.meta?.card !== "hidden",
        );
        const chosen = others.filter((cell) => cell.column.columnDef.meta?.card === "fact");
        const facts = chosen.length > 0 ? chosen : others.slice(0, FACTS);
        const href = props.rowHref?.(row.original);
        return (
          <li key={props.rowKey(row.original)} className="relative border-b border-line p-3 last:border-b-0">
            <div className="flex flex-wrap items-center justify-between gap-2 font-medium">
              {name === undefined ? null : href === undefined ? (
                <table.FlexRender cell={name} />
              ) : (
                <RowLink href={href}>
                  <table.FlexRender cell={name} />
                </RowLink>
              )}
              <span className="flex flex-wrap items-center gap-2">
                {corner.map((cell) => (
                  <span
                    key={cell.id}
                    className={cn(cell.column.columnDef.meta?.isInteractive === true && "relative z-10")}
                  >
                    <table.FlexRender cell={cell} />
                  </span>
                ))}
              </span>
            </div>
            <dl className="mt-2 grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] items-center gap-x-4 gap-y-1">
              {facts.map((cell) => {
                const header = headers.get(cell.column.id);
                const isInteractive = cell.column.columnDef.meta?.isInteractive === true;
                return (
                  <div key={cell.id} className="contents has-[dd:empty]:hidden">
                    <dt className="text-sm text-muted">
                      {header === undefined ? null : <table.FlexRender header={header} />}
                    </dt>
                    <dd className={cn("wrap-anywhere", isInteractive && "relative z-10")}>
                      <table.FlexRender cell={cell} />
                    </dd>
                  </div>
                );
              })}
            </dl>
            {props.detail === undefined ? null : <CardDetail detail={props.detail} row={row.original} />}
          </li>
        );
      })}
    </ul>
  );
}

function CardDetail<Row extends object>({ detail, row }: { detail: RowDetail<Row>; row: Row }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  return (
    <>
      <DetailButton
        label={detail.label(row)}
        title={detail.title}
        isOpen={isOpen}
        controls={id}
        onToggle={() => setIsOpen(!isOpen)}
      />
      {isOpen ? (
        <div id={id} className="relative z-10 -mx-3 bg-bg">
          {detail.render(row)}
        </div>
      ) : null}
    </>
  );
}
