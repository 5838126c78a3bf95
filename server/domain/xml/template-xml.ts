import { sortedEntries } from "../one-template";
import type { Template, TemplateValue } from "../template";
import { cdataElement, element, type Xml } from "./builder";

export interface TemplateOrder {
  /** Names that a schema wants first and in this order. */
  order?: readonly string[];
  /** Names that come after all others. */
  last?: readonly string[];
  /** By name of a vector: its keys in a schema's order. */
  vectorOrder?: Readonly<Record<string, readonly string[]>>;
}

/**
 * `<name>` with one element per value of a template, sorted by name as OpenNebula prints them, values in CDATA.
 * An empty vector and an empty text look the same in XML.
 */
export function templateElement(
  name: string,
  template: Template,
  { order = [], last = [], vectorOrder = {} }: TemplateOrder = {},
): Xml {
  const place = new Map<string, number>();
  for (const [index, known] of order.entries()) place.set(known, index);
  for (const [index, known] of last.entries()) place.set(known, order.length + 1 + index);
  const entries = orderedEntries(template, (attribute) => place.get(attribute) ?? order.length);
  return element(
    name,
    entries.flatMap(([attribute, values]) =>
      values.map((value) => valueElement(attribute, value, vectorOrder[attribute])),
    ),
  );
}

function valueElement(name: string, value: TemplateValue, order: readonly string[] = []): Xml {
  if (typeof value === "string") return cdataElement(name, value);
  const entries =
    order.length === 0
      ? sortedEntries(Object.entries(value))
      : orderedEntries(value, (key) => (order.includes(key) ? order.indexOf(key) : order.length));
  return element(
    name,
    entries.map(([key, text]) => cdataElement(key, text)),
  );
}

/** Entries by place, those of one place by name. */
function orderedEntries<T>(values: Readonly<Record<string, T>>, place: (name: string) => number): [string, T][] {
  return sortedEntries(Object.entries(values)).sort(([a], [b]) => place(a) - place(b));
}
