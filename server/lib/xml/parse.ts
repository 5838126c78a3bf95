import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import { type AppError, appError } from "../../domain/errors";
import type { Template, TemplateValue, TemplateVector } from "../../domain/template";

/**
 * Reading XML of others: drivers, repositories, API clients. Everything a parser could be made to do on a document's
 * behalf is refused before it runs: a DTD (entities), processing instructions, deep nesting, size.
 */

/** Enough for a VM document with hundreds of disks and history records. */
export const XML_MAX_BYTES = 1024 * 1024;
export const XML_MAX_DEPTH = 64;

export interface XmlNode {
  name: string;
  /** Text and CDATA directly inside, joined. */
  text: string;
  children: XmlNode[];
}

export interface XmlLimits {
  maxBytes?: number;
  maxDepth?: number;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  // Numeric references (&#13;) are decoded only with this.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** Parse one document. Throws XML_MALFORMED, also for what is well-formed but refused. */
export function parseXml(xml: string, limits: XmlLimits = {}): XmlNode {
  const text = xml.startsWith("\ufeff") ? xml.slice(1) : xml;
  if (Buffer.byteLength(text) > (limits.maxBytes ?? XML_MAX_BYTES)) throw malformed("it is too large");
  checkStructure(text, limits.maxDepth ?? XML_MAX_DEPTH);
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw malformed(`${valid.err.msg} (line ${valid.err.line})`);
  const roots = parseNodes(text).children;
  const root = roots[0];
  if (root === undefined || roots.length > 1) throw malformed("it must have exactly one root element");
  return root;
}

/** First child element of that name. */
export function child(node: XmlNode, name: string): XmlNode | undefined {
  return node.children.find((candidate) => candidate.name === name);
}

/** Text of the element that `path` leads to, e.g. `childText(vm, "BACKUPS", "BACKUP_CONFIG", "MODE")`. */
export function childText(node: XmlNode, ...path: readonly string[]): string | undefined {
  let at: XmlNode | undefined = node;
  for (const name of path) at = at && child(at, name);
  return at?.text;
}

/**
 * The children of an element as a template: one with elements inside is a vector, any other a text. Names are
 * upper-cased; a repeated vector key keeps the first. What lies deeper than a vector's values is ignored.
 */
export function templateOf(node: XmlNode | undefined): Template {
  const values = new Map<string, TemplateValue[]>();
  for (const attribute of node?.children ?? []) {
    const name = attribute.name.toUpperCase();
    const value = attribute.children.length === 0 ? attribute.text : vectorOf(attribute);
    const same = values.get(name);
    if (same === undefined) values.set(name, [value]);
    else same.push(value);
  }
  return Object.fromEntries(values);
}

/** The children of an element as one vector. */
export function vectorOf(node: XmlNode | undefined): TemplateVector {
  const values = new Map<string, string>();
  for (const pair of node?.children ?? []) {
    const key = pair.name.toUpperCase();
    if (!values.has(key)) values.set(key, pair.text);
  }
  return Object.fromEntries(values);
}

/** A template in XML form (the first character is `<`), whatever its root is called. Throws XML_MALFORMED. */
export function parseTemplateXml(xml: string): Template {
  return templateOf(parseXml(xml.trim()));
}

/** The numbers in a set like `<BACKUP_IDS><ID>1</ID></BACKUP_IDS>`; anything else in it is left out. */
export function idsOf(node: XmlNode | undefined): number[] {
  return (node?.children ?? []).flatMap((id) => (/^\d{1,10}$/.test(id.text) ? [Number(id.text)] : []));
}

export function malformed(message: string): AppError {
  return appError("XML_MALFORMED", { message });
}

/** One pass over the mark-up; comments and CDATA are stepped over whole, so a DTD quoted in a value is just text. */
function checkStructure(xml: string, maxDepth: number): void {
  let depth = 0;
  for (let at = xml.indexOf("<"); at !== -1; at = xml.indexOf("<", at)) {
    if (xml.startsWith("<!--", at)) at = after(xml, "-->", at + 4);
    else if (xml.startsWith("<![CDATA[", at)) at = after(xml, "]]>", at + 9);
    else if (xml.startsWith("<!", at)) throw malformed("a document type is not accepted");
    else if (xml.startsWith("<?", at)) {
      if (at !== 0 || !/^<\?xml\s/.test(xml.slice(0, 6))) throw malformed("processing instructions are not accepted");
      at = after(xml, "?>", at);
    } else {
      const end = tagEnd(xml, at);
      if (xml[at + 1] === "/") depth--;
      else if (xml[end - 1] !== "/") depth++;
      if (depth > maxDepth) throw malformed(`it is nested deeper than ${maxDepth} elements`);
      at = end + 1;
    }
  }
}

function after(xml: string, mark: string, from: number): number {
  const found = xml.indexOf(mark, from);
  if (found === -1) throw malformed(`"${mark}" is missing`);
  return found + mark.length;
}

/** Index of the `>` that ends a tag; one inside quotes does not count. */
function tagEnd(xml: string, start: number): number {
  let quote = "";
  for (let at = start + 1; at < xml.length; at++) {
    const sign = xml[at] ?? "";
    if (quote !== "") {
      if (sign === quote) quote = "";
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === ">") return at;
  }
  throw malformed("a tag is not closed");
}

/** What fast-xml-parser gives with `preserveOrder`: each node has one key, its name, or `#text`. */
const OrderedNodes = z.array(z.record(z.string(), z.unknown()));

function parseNodes(xml: string): { text: string; children: XmlNode[] } {
  try {
    return readNodes(parser.parse(xml));
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : "unknown error");
  }
}

function readNodes(nodes: unknown): { text: string; children: XmlNode[] } {
  let text = "";
  const children: XmlNode[] = [];
  for (const node of OrderedNodes.parse(nodes)) {
    for (const [name, content] of Object.entries(node)) {
      if (name === "#text") text += String(content);
      else children.push({ name, ...readNodes(content) });
    }
  }
  return { text, children };
}
