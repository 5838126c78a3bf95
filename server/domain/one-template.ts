import { appError } from "./errors";
import type { Template, TemplateValue, TemplateVector } from "./template";

/**
 * OpenNebula's template text: `NAME = "value"`, `NAME = [ KEY = value, … ]` (rules: jobs-api-cli §4.2.9).
 *
 * Lenient where the reference is: characters that fit nowhere between tokens are skipped, because real clients send
 * `BACKUP_CONFIG = ["MODE"="INCREMENT"]`. Strict on the structure (`= [ ] ,`). One pass, no backtracking.
 *
 * Inside quotes, `\"` is a quote. A value that ends in a backslash could then not be written, so backslashes directly
 * before a quote count in pairs (`\\"` ends a value in one backslash); everywhere else a backslash is itself.
 */

interface Scanner {
  readonly input: string;
  at: number;
  /** Only blanks since the last line break: a `#` here starts a comment. */
  isLineStart: boolean;
}

/**
 * Parse template text. Names are upper-cased, a repeated name keeps every value, a repeated vector key the first.
 * Throws TEMPLATE_SYNTAX with line and column (both from 1). XML form is not handled here.
 */
export function parseTemplate(input: string): Template {
  const scanner: Scanner = { input, at: 0, isLineStart: true };
  const found = new Map<string, TemplateValue[]>();
  for (skip(scanner); scanner.at < input.length; skip(scanner)) {
    const name = readName(scanner);
    expectSign(scanner, "=");
    skipBlanks(scanner);
    const value = input[scanner.at] === "[" ? readVector(scanner) : readText(scanner);
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(sortedEntries(found));
}

/** Template text, sorted by name and key, every value in quotes. Characters no name may hold become `_`. */
export function printTemplate(template: Template): string {
  const lines: string[] = [];
  for (const [name, values] of sortedEntries(Object.entries(template))) {
    for (const value of values) {
      lines.push(`${printName(name)}=${typeof value === "string" ? quote(value) : printVector(value)}`);
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/**
 * What an update leaves: `replace` takes the new template as it is; `append` first removes every old attribute that
 * the update names, so an empty vector only removes.
 */
export function mergeTemplate(base: Template, update: Template, mode: "replace" | "append"): Template {
  if (mode === "replace") return Object.fromEntries(sortedEntries(Object.entries(update)));
  const merged = new Map(Object.entries(base));
  for (const [name, values] of Object.entries(update)) {
    const kept = values.filter((value) => typeof value === "string" || Object.keys(value).length > 0);
    if (kept.length === 0) merged.delete(name);
    else merged.set(name, kept);
  }
  return Object.fromEntries(sortedEntries(merged));
}

/** Entries in the order of the documents: by name, code unit by code unit. */
export function sortedEntries<T>(entries: Iterable<[string, T]>): [string, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function readVector(scanner: Scanner): TemplateVector {
  scanner.at++;
  const found = new Map<string, string>();
  skip(scanner);
  if (scanner.input[scanner.at] === "]") {
    scanner.at++;
    return {};
  }
  for (;;) {
    skip(scanner);
    const key = readName(scanner);
    expectSign(scanner, "=");
    skipBlanks(scanner);
    const value = readText(scanner);
    if (!found.has(key)) found.set(key, value);
    skip(scanner);
    const sign = scanner.input[scanner.at];
    if (sign !== "," && sign !== "]") throw unexpected(scanner, '"," or "]"');
    scanner.at++;
    if (sign === "]") return Object.fromEntries(sortedEntries(found));
  }
}

function readName(scanner: Scanner): string {
  const start = scanner.at;
  while (isNameCode(scanner.input.charCodeAt(scanner.at))) scanner.at++;
  if (scanner.at === start) throw unexpected(scanner, "a name");
  scanner.isLineStart = false;
  return scanner.input.slice(start, scanner.at).toUpperCase();
}

function expectSign(scanner: Scanner, sign: string): void {
  skip(scanner);
  if (scanner.input[scanner.at] !== sign) throw unexpected(scanner, `"${sign}"`);
  scanner.at++;
}

function readText(scanner: Scanner): string {
  const start = scanner.at;
  const value = scanner.input[start] === '"' ? readQuoted(scanner) : readBare(scanner);
  if (value.includes("]]>")) throw syntaxError(scanner.input, start, 'a value cannot contain "]]>"');
  return value;
}

function readBare(scanner: Scanner): string {
  const start = scanner.at;
  while (scanner.at < scanner.input.length && !BARE_END.has(scanner.input[scanner.at] ?? "")) scanner.at++;
  return scanner.input.slice(start, scanner.at);
}

const BARE_END: ReadonlySet<string> = new Set([" ", "\t", "\r", "\v", "\f", "\n", "=", "#", ",", "[", "]"]);

function readQuoted(scanner: Scanner): string {
  const { input, at: start } = scanner;
  const parts: string[] = [];
  let from = start + 1;
  for (;;) {
    const end = input.indexOf('"', from);
    if (end === -1) throw syntaxError(input, start, "a quoted value is not closed");
    let slashes = 0;
    while (end - slashes > from && input[end - slashes - 1] === "\\") slashes++;
    parts.push(input.slice(from, end - Math.ceil(slashes / 2)));
    from = end + 1;
    if (slashes % 2 === 0) break;
    parts.push('"');
  }
  scanner.at = from;
  return parts.join("");
}

/** Move to the next name character or structural sign, over blanks, comments and characters that fit nowhere. */
function skip(scanner: Scanner): void {
  const { input } = scanner;
  while (scanner.at < input.length) {
    const character = input[scanner.at] ?? "";
    if (isNameCode(input.charCodeAt(scanner.at)) || "=[],".includes(character)) {
      scanner.isLineStart = false;
      return;
    }
    if (character === "#" && scanner.isLineStart) {
      const end = input.indexOf("\n", scanner.at);
      scanner.at = end === -1 ? input.length : end;
      continue;
    }
    if (character === "\n") scanner.isLineStart = true;
    else if (!BLANKS.includes(character)) scanner.isLineStart = false;
    scanner.at++;
  }
}

const BLANKS = " \t\r\v\f";

function skipBlanks(scanner: Scanner): void {
  while (scanner.at < scanner.input.length && BLANKS.includes(scanner.input[scanner.at] ?? "")) scanner.at++;
}

/** ASCII letters, digits and `_`. */
function isNameCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

function unexpected(scanner: Scanner, expected: string): Error {
  const character = scanner.input[scanner.at];
  const found = character === undefined ? "end of text" : character === "\n" ? "end of line" : `"${character}"`;
  return syntaxError(scanner.input, scanner.at, `syntax error, unexpected ${found}, expected ${expected}`);
}

function syntaxError(input: string, at: number, message: string): Error {
  const before = input.slice(0, at);
  const line = before.split("\n").length;
  return appError("TEMPLATE_SYNTAX", { message, line, column: at - before.lastIndexOf("\n") });
}

function printName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_");
}

function printVector(vector: TemplateVector): string {
  const pairs = sortedEntries(Object.entries(vector)).map(([key, value]) => `  ${printName(key)}=${quote(value)}`);
  return pairs.length === 0 ? "[ ]" : `[\n${pairs.join(",\n")} ]`;
}

/** In one pass: a regular expression over runs of backslashes would be quadratic. */
function quote(value: string): string {
  const parts: string[] = ['"'];
  let from = 0;
  for (;;) {
    const end = value.indexOf('"', from);
    const stop = end === -1 ? value.length : end;
    let slashes = 0;
    while (stop - slashes > from && value[stop - slashes - 1] === "\\") slashes++;
    parts.push(value.slice(from, stop), "\\".repeat(slashes));
    if (end === -1) break;
    parts.push('\\"');
    from = end + 1;
  }
  parts.push('"');
  return parts.join("");
}
