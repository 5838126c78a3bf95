import { PROTECTIONS } from "./vm";

/** What a search of the inventory may ask for: `field:value`. */
const VM_QUERY_FIELDS = [
  "status",
  "job",
  "owner",
  "group",
  "host",
  "label",
  "disk",
  "mode",
  "chain",
  "excluded",
  "state",
] as const;
export type VmQueryField = (typeof VM_QUERY_FIELDS)[number];

/** One condition. The word of a name or number has no field. */
export interface VmQueryTerm {
  field: VmQueryField | "text";
  /** In lower case, without quotes. */
  value: string;
  /** Written with a `-` in front: whatever does not match. */
  isNot: boolean;
}

interface VmQuery {
  /** All words have to hold, and of the conditions on one field one. */
  terms: VmQueryTerm[];
  /** What cannot be understood, for people. */
  problems: string[];
}

const VALUES: Partial<Record<VmQueryField, readonly string[]>> = {
  status: PROTECTIONS,
  mode: ["full", "increment"],
  excluded: ["yes", "no"],
};
const MAX_TERMS = 20;

/**
 * Words and `field:value` conditions, apart by spaces; quotes hold values with spaces together, `-` in front turns a
 * condition round. `job:none` is in no job, `owner:me` is mine, `chain:>14` a longer open chain. Names match in part;
 * `job:=nightly` is that name alone.
 */
export function parseVmQuery(text: string): VmQuery {
  const terms: VmQueryTerm[] = [];
  const problems: string[] = [];
  for (const [, minus = "", name = "", quoted, plain = ""] of text.matchAll(
    /(-?)(?:([a-z]+):)?(?:"([^"]*)"?|([^\s"]+))/gi,
  )) {
    const value = (quoted ?? plain).toLowerCase();
    const field = VM_QUERY_FIELDS.find((known) => known === name.toLowerCase());
    const problem = name === "" ? null : problemOf(name, field, value);
    if (problem !== null) problems.push(problem);
    else if (value !== "") terms.push({ field: field ?? "text", value, isNot: minus !== "" });
  }
  if (terms.length > MAX_TERMS) problems.push(`Only the first ${MAX_TERMS} conditions count.`);
  return { terms: terms.slice(0, MAX_TERMS), problems };
}

function problemOf(name: string, field: VmQueryField | undefined, value: string): string | null {
  if (field === undefined) return `There is no ${name}: to search for. Use ${VM_QUERY_FIELDS.join(", ")}.`;
  const allowed = VALUES[field];
  if (allowed !== undefined && !allowed.includes(value)) return `${field}: takes ${allowed.join(", ")}.`;
  if (field === "chain" && !/^[<>]?\d{1,6}$/.test(value)) return "chain: takes a number of points, such as >14.";
  return null;
}

/** `field:value` as it has to be typed. */
export function vmQueryTerm(field: VmQueryField, value: string): string {
  return `${field}:${quoted(value)}`;
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
}

/** The text of a search and the state that is asked for beside it, as one. */
export function vmQueryText({ search = "", protection }: { search?: string; protection?: string }): string {
  return protection === undefined ? search : `${search} ${vmQueryTerm("status", protection)}`;
}

/** Is this very condition in the text? */
export function hasVmTerm(text: string, field: VmQueryField, value: string): boolean {
  return parseVmQuery(text).terms.some((term) => isTerm(term, field, value));
}

/** The text with this condition, or without it when it is there. */
export function toggleVmTerm(text: string, field: VmQueryField, value: string): string {
  const { terms } = parseVmQuery(text);
  const rest = terms.filter((term) => !isTerm(term, field, value));
  const written = rest.map((term) => {
    const plain = term.field === "text" ? quoted(term.value) : vmQueryTerm(term.field, term.value);
    return term.isNot ? `-${plain}` : plain;
  });
  return (rest.length < terms.length ? written : [...written, vmQueryTerm(field, value)]).join(" ");
}

function isTerm(term: VmQueryTerm, field: VmQueryField, value: string): boolean {
  return term.field === field && !term.isNot && term.value === value.toLowerCase();
}
