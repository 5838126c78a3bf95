import { stringify } from "csv-stringify/sync";

/**
 * A table as CSV (RFC 4180) with a heading. Text that a spreadsheet would run as a formula is marked as text: names in it
 * come from users.
 */
export function csvText(heading: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify([[...heading], ...rows.map((row) => [...row])], { escape_formulas: true });
}
