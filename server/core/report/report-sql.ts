import { type Sql, sql } from "../../db/sql";

/** Rows whose name holds the text, or whose id it is; every row for no text. */
export function searchSql(search: string | undefined, name: Sql, id: Sql): Sql {
  const text = search?.trim().toLowerCase() ?? "";
  return text === "" ? sql`true` : sql`(strpos(lower(${name}), ${text}) > 0 OR ${id}::text = ${text})`;
}

/** A time for a table that programs read; empty for never. */
export function inIsoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
