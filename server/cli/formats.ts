import { element, type Xml } from "../domain/xml/builder";
import type { XmlNode } from "../lib/xml/parse";

/** Documents as XML, JSON and YAML (jobs-api-cli §6.2). */

type Plain = string | Plain[] | { [name: string]: Plain };

/** Elements that the schemas declare repeatable; a single one is an array all the same. */
const REPEATABLE = new Set(["DISK", "NIC", "SCHED_ACTION", "SNAPSHOT", "SNAPSHOTS", "HISTORY", "INCREMENT", "VM"]);
/** …those where they are elements of a pool, and texts elsewhere. */
const REPEATABLE_IN_POOL = new Set(["IMAGE", "DATASTORE", "HOST", "USER", "VMTEMPLATE"]);

/** `-x`: indented, and escaped again. */
export function formatXml(node: XmlNode, indent = ""): string {
  if (node.children.length === 0) return `${indent}${escaped(node.name, node.text).xml}`;
  const inside = node.children.map((one) => formatXml(one, `${indent}  `)).join("\n");
  return `${indent}<${node.name}>\n${inside}\n${indent}</${node.name}>`;
}

function escaped(name: string, text: string): Xml {
  return text === "" ? { xml: `<${name}/>` } : element(name, text);
}

/** `-j` */
export function formatJson(node: XmlNode): string {
  return JSON.stringify({ [node.name]: plainOf(node) }, null, 2);
}

/** `-y`: texts in double quotes, which YAML reads as JSON does. */
export function formatYaml(node: XmlNode): string {
  return `---\n${yamlLines({ [node.name]: plainOf(node) }, "").join("\n")}`;
}

/** All leaves are texts, empty elements are `{}`. */
function plainOf(node: XmlNode): Plain {
  if (node.children.length === 0) return node.text === "" ? {} : node.text;
  const values = new Map<string, Plain[]>();
  for (const one of node.children) values.set(one.name, [...(values.get(one.name) ?? []), plainOf(one)]);
  const isPool = node.name.endsWith("_POOL");
  return Object.fromEntries(
    [...values].map(([name, all]) => {
      const isArray = all.length > 1 || REPEATABLE.has(name) || (isPool && REPEATABLE_IN_POOL.has(name));
      return [name, isArray ? all : (all[0] ?? {})];
    }),
  );
}

function yamlLines(value: Plain, indent: string): string[] {
  if (typeof value === "string" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    if (typeof one === "string") return [`${indent}${name}: ${JSON.stringify(one)}`];
    if (!Array.isArray(one)) {
      const inside = yamlLines(one, `${indent}  `);
      return inside.length === 0 ? [`${indent}${name}: {}`] : [`${indent}${name}:`, ...inside];
    }
    return [`${indent}${name}:`, ...one.flatMap((item) => yamlItem(item, indent))];
  });
}

function yamlItem(item: Plain, indent: string): string[] {
  if (typeof item === "string") return [`${indent}- ${JSON.stringify(item)}`];
  const [first, ...rest] = yamlLines(item, `${indent}  `);
  return first === undefined ? [`${indent}- {}`] : [`${indent}- ${first.trimStart()}`, ...rest];
}
