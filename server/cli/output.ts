import { CliError } from "./error";
import type { Cli, Options } from "./spec";

/** Lists (jobs-api-cli §6.2). */

export interface Column<Item> {
  name: string;
  size: number;
  /** `l`: left aligned. */
  isLeft?: boolean;
  /** Never cut. */
  isAdjusted?: boolean;
  /** Takes its share of the rest of a terminal. */
  isExpanded?: boolean;
  meaning: string;
  value(item: Item): string;
  /** Not in the default list. */
  isHidden?: boolean;
}

export const LIST_OPTIONS: readonly (readonly [string, string])[] = [
  ["-l, --list <columns>", "the columns to show, e.g. ID,NAME"],
  ["-f, --filter <conditions>", "e.g. NAME=web or TYPE!=OS; = != < <= > >= ~"],
  ["--operator <operator>", "how several conditions are joined: AND or OR"],
  ["--csv", "comma separated values"],
  ["--csv-del <sign>", "what separates values"],
  ["--no-header", "without the first line"],
  ["--no-pager", "accepted: there is no pager"],
  ["--adjust <columns>", "columns that are never cut"],
  ["-s, --size <sizes>", "e.g. NAME=40"],
  ["--expand [columns]", "columns that take the rest of the line"],
  ["--no-expand", "keep the sizes of the columns on a terminal too"],
  ["-n, --numeric", "ids instead of names"],
  ["--describe", "the columns there are"],
  ["-x, --xml", "XML"],
  ["-j, --json", "JSON"],
  ["-y, --yaml", "YAML"],
];

/** Print the items as a table or as CSV. */
export function printList<Item>(
  cli: Cli,
  all: readonly Column<Item>[],
  items: readonly Item[],
  options: Options,
): void {
  const columns = chosenColumns(all, options);
  const shown = items.filter(filterOf(all, options));
  const hasHeader = !options.isOff("header");
  if (options.isSet("csv") || options.isSet("csv-del")) {
    const sign = options.text("csv-del") ?? ",";
    if (hasHeader) cli.print(columns.map((column) => column.name).join(sign));
    for (const item of shown) cli.print(columns.map((column) => csvValue(column.value(item), sign)).join(sign));
    return;
  }
  const widths = columnWidths(columns, shown, options.isOff("expand") ? null : cli.width);
  const line = (texts: readonly string[]) =>
    columns.map((column, index) => fitted(texts[index] ?? "", widths[index] ?? 0, column)).join(" ");
  if (hasHeader) cli.print(line(columns.map((column) => column.name)));
  for (const item of shown) cli.print(line(columns.map((column) => safe(column.value(item)))).trimEnd());
}

/** `--describe` */
export function printDescription<Item>(cli: Cli, columns: readonly Column<Item>[]): void {
  const names = columns.map((column) => column.name.length);
  const width = Math.max(...names);
  for (const column of columns) cli.print(`${column.name.padEnd(width)} : ${column.meaning}`);
}

function chosenColumns<Item>(all: readonly Column<Item>[], options: Options): Column<Item>[] {
  const byName = (name: string) => {
    const found = all.find((column) => column.name === name.trim().toUpperCase());
    if (found === undefined) throw new CliError(`There is no column ${name.trim()}`);
    return found;
  };
  const list = options.text("list");
  const chosen = list === undefined ? all.filter((column) => column.isHidden !== true) : list.split(",").map(byName);
  const sizes = new Map(
    (options.text("size") ?? "").split(",").flatMap((pair) => {
      const match = /^\s*(\w+)\s*=\s*(\d{1,4})\s*$/.exec(pair);
      return match === null ? [] : [[match[1]?.toUpperCase() ?? "", Number(match[2])] as const];
    }),
  );
  const named = (option: string) => (options.text(option) ?? "").toUpperCase().split(",");
  return chosen.map((column) => ({
    ...column,
    size: sizes.get(column.name) ?? column.size,
    isAdjusted: column.isAdjusted === true || named("adjust").includes(column.name),
    isExpanded: column.isExpanded === true || named("expand").includes(column.name),
  }));
}

function columnWidths<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  terminal: number | null,
): number[] {
  const longest = (column: Column<Item>) =>
    items.reduce((length, item) => Math.max(length, safe(column.value(item)).length), column.size);
  const widths = columns.map((column) => (column.isAdjusted === true ? longest(column) : column.size));
  const expanded = columns.flatMap((column, index) => (column.isExpanded === true ? [index] : []));
  const rest = (terminal ?? 0) - widths.reduce((sum, width) => sum + width + 1, -1);
  if (expanded.length === 0 || rest <= 0) return widths;
  const share = Math.floor(rest / expanded.length);
  return widths.map((width, index) => (expanded.includes(index) ? width + share : width));
}

function fitted<Item>(text: string, width: number, column: Column<Item>): string {
  const cut = column.isAdjusted === true ? text : text.slice(0, width);
  return column.isLeft === true ? cut.padEnd(width) : cut.padStart(width);
}

/** Names are of others: a terminal must not obey what they hold. */
export function safe(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

function csvValue(text: string, sign: string): string {
  return text.includes(sign) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CONDITION = /^\s*(\w+)\s*(!=|<=|>=|=|<|>|~)\s*(.*?)\s*$/;

function filterOf<Item>(all: readonly Column<Item>[], options: Options): (item: Item) => boolean {
  const given = options.text("filter");
  if (given === undefined) return () => true;
  const conditions = given.split(",").map((text) => {
    const [, name, operator = "", wanted = ""] = CONDITION.exec(text) ?? [];
    const column = all.find((one) => one.name === name?.toUpperCase());
    if (column === undefined) throw new CliError(`The filter "${text}" cannot be read`);
    return (item: Item) => holds(column.value(item), operator, wanted);
  });
  const isAny = options.text("operator")?.toUpperCase() === "OR";
  return (item) => (isAny ? conditions.some((one) => one(item)) : conditions.every((one) => one(item)));
}

function holds(value: string, operator: string, wanted: string): boolean {
  const order =
    value !== "" && isNumber(value) && isNumber(wanted) ? Number(value) - Number(wanted) : compare(value, wanted);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    default:
      return value.includes(wanted);
  }
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
