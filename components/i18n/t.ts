import format, { type CompiledMessage, type FormatOptions, type FormatValues } from "icu-minify/format";
import { createElement, Fragment, type ReactNode } from "react";
import { parseMessage } from "./parse-message";

/**
 * Where a page finds its language: on the server that of the request (server/setup/locales.mjs), in the browser what the
 * catalogue's script left there. Nothing there means English, which needs no catalogue: its texts are the keys.
 */
const LANGUAGE = Symbol.for("strata.language");

interface Language {
  readonly locale: string;
  readonly messages: Readonly<Record<string, string>>;
  /** Sentences of the core by their wording, see `said`. */
  readonly said?: Readonly<Record<string, string>>;
  readonly src?: string;
}

const ENGLISH: Language = { locale: "en", messages: {} };

/** The reader's language with its catalogue. */
export function language(): Language {
  const read: unknown = Reflect.get(globalThis, LANGUAGE);
  return (typeof read === "function" ? (read() as Language | undefined) : undefined) ?? ENGLISH; // set by our own code
}

/** The language of this page, as `<html lang>` says it: `en`, `es`. */
export function locale(): string {
  return language().locale;
}

/** Address of the script that brings the catalogue into the browser, on the server; null for English. */
export function catalogueSrc(): string | null {
  return language().src ?? null;
}

/** The same for `Intl`: days come before months in both. */
export function intlLocale(): string {
  return language().locale === "es" ? "es-ES" : "en-GB";
}

/**
 * What a message can show. Numbers are shown as they are: format them first (components/lib/format.ts). What is null is
 * of no use in the case of a `select` that is shown.
 */
type TextValues = Readonly<Record<string, string | number | null | undefined>>;

/**
 * A text in the reader's language. `message` is the English text, always a literal; with `values` it is an ICU message:
 * `t("{count, plural, one {# point} other {# points}} in {place}", { count, place })`. Called while rendering or in a
 * handler, never while a module loads: see `words`.
 */
export function t(message: string, values?: TextValues): string {
  const text = language().messages[message] ?? message;
  return values === undefined ? text : String(fill(text, values as FormatValues<ReactNode>)); // it takes null too, and says "null"
}

/** What a message with elements can show: `{name}` an element, `<name>…</name>` a function of what is between. */
type RichValues = Readonly<Record<string, ReactNode | ((content: ReactNode) => ReactNode)>>;

/**
 * A sentence with elements in it, as one message: `rich("See <link>the log</link>, {time}.", { link: …, time: <Time … /> })`.
 */
export function rich(message: string, values: RichValues): ReactNode {
  const text = language().messages[message] ?? message;
  const nodes: ReactNode[] = [];
  const filled: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function")
      filled[name] = (parts: ReactNode[]) => value(together(parts.flatMap((part) => elements(part, nodes))));
    else if (typeof value === "string" || typeof value === "number") filled[name] = value;
    else filled[name] = `\uE000${nodes.push(value) - 1}\uE001`;
  }
  const result = fill(text, filled as FormatValues<ReactNode>); // the two describe the same values
  return together((Array.isArray(result) ? result : [result]).flatMap((part) => elements(part, nodes)));
}

/** A text with marks for elements, taken apart. */
function elements(part: ReactNode, nodes: readonly ReactNode[]): ReactNode[] {
  if (typeof part !== "string") return [part];
  return part.split(/\uE000(\d+)\uE001/).map((piece, index) => (index % 2 === 0 ? piece : nodes[Number(piece)]));
}

function together(parts: readonly ReactNode[]): ReactNode {
  return createElement(Fragment, null, ...parts.filter((part) => part !== ""));
}

/**
 * A table of texts at the top of a module, which is loaded once for readers of every language: each text is looked up
 * when it is read. Objects with more in them use `get label() { return t("…"); }`.
 */
export function words<K extends string>(table: Readonly<Record<K, string>>): Readonly<Record<K, string>> {
  const lazy = {};
  for (const [key, message] of Object.entries<string>(table)) {
    Object.defineProperty(lazy, key, { enumerable: true, get: () => t(message) });
  }
  return lazy as Readonly<Record<K, string>>; // the same keys, each a getter
}

const parsed = new Map<string, CompiledMessage>();
const formatters = new Map<string, Intl.NumberFormat | Intl.PluralRules>();

/** Only literals get here, so what is kept is bounded by the texts of the program. */
function fill(text: string, values: FormatValues<ReactNode>): string | ReactNode | (string | ReactNode)[] {
  let message = parsed.get(text);
  if (message === undefined) {
    message = parseMessage(text);
    parsed.set(text, message);
  }
  return format<ReactNode>(message, intlLocale(), values, OPTIONS);
}

const OPTIONS: FormatOptions = {
  formatters: {
    getNumberFormat: (...args) => kept(`n${String(args[0])}`, () => new Intl.NumberFormat(...args)),
    getPluralRules: (...args) => kept(`p${String(args[0])}${args[1]?.type ?? ""}`, () => new Intl.PluralRules(...args)),
    getDateTimeFormat: (...args) => new Intl.DateTimeFormat(...args),
  },
};

function kept<F extends Intl.NumberFormat | Intl.PluralRules>(key: string, make: () => F): F {
  const found = formatters.get(key);
  if (found !== undefined) return found as F; // the key begins with the kind
  const made = make();
  formatters.set(key, made);
  return made;
}
