import { type ColumnDef, createColumnHelper, tableFeatures } from "@tanstack/react-table";

/** What our table knows of a column besides header and cell. */
export interface TableColumnMeta {
  /** Column id the list procedure sorts by; without it the header is no button. */
  sort?: string;
  /** The cell that names the row: row header of the table, title of the card, holds the link. */
  isName?: boolean;
  /** On phones: `fact` is shown with its header (the default for the first three), `corner` beside the title, `hidden` not at all. */
  card?: "fact" | "corner" | "hidden";
  align?: "end";
  /** Holds buttons or links of its own, which must stay above the link of the row. */
  isInteractive?: boolean;
  /** Extra classes of the cell, e.g. a width. */
  className?: string;
}

/** Search, order and pages are the server's: the table engine only builds headers, rows and cells. */
export const tableFeatureSet = tableFeatures({ columnMeta: {} as TableColumnMeta });

// biome-ignore lint/suspicious/noExplicitAny: each column types its own value; the helper infers it.
export type DataColumns<Row extends object> = ColumnDef<typeof tableFeatureSet, Row, any>[];

/** Column helper of a row type: `const column = columnsOf<VmRow>(); column.columns([column.accessor("name", {…})])`. */
export function columnsOf<Row extends object>() {
  return createColumnHelper<typeof tableFeatureSet, Row>();
}
