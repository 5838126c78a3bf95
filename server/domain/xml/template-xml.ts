import { sortedEntries } from "../one-template";
import type { Template, TemplateValue } from "../template";
import { cdataElement, element, type Xml } from "./builder";

/**
 * `<name>` with one element per value of a template, sorted by name as OpenNebula prints them, values in CDATA.
 * `order`: names that a schema wants first and in this order; `last`: names that come after all others.
 * An empty vector and an empty text look the same in XML.
 */
export function templateElement(
  name: string,
  template: Template,
  { order = [], last = [] }: { order?: readonly string[]; last?: readonly string[] } = {},
): Xml {
  const place = new Map<string, number>([
    ...order.map((known, index): [string, number] => [known, index]),
    ...last.map((known, index): [string, number] => [known, order.length + 1 + index]),
  ]);
  const entries = sortedEntries(Object.entries(template)).sort(
    ([a], [b]) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length),
  );
  return element(
    name,
    entries.flatMap(([attribute, values]) => values.map((value) => valueElement(attribute, value))),
  );
}

function valueElement(name: string, value: TemplateValue): Xml {
  if (typeof value === "string") return cdataElement(name, value);
  return element(
    name,
    sortedEntries(Object.entries(value)).map(([key, text]) => cdataElement(key, text)),
  );
}
