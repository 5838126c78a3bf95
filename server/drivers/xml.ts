/**
 * Documents that the core sends, and stored vm.xml files of a repository, which are hostile input: anybody who can write
 * the repository, or a guest agent through the VM document, has a say in them. So: no DTD, no entities but the five of
 * XML and character references, bounded size and depth, and values only as text.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { DriverError } from "./action";

export const MAX_XML_BYTES = 4 * 1024 * 1024;
const MAX_XML_DEPTH = 64;

/** One element. Lookups never throw: a missing path is an empty text or no elements. */
export interface XmlElement {
  /** Name of the element. */
  readonly name: string;
  /** Text of the first element at the path (`TEMPLATE/DISK/SIZE`), trimmed; "" when there is none. */
  text(path: string): string;
  /** All elements at the path, in document order; each step takes all matches. */
  all(path: string): XmlElement[];
  /** First element at the path, or null. */
  first(path: string): XmlElement | null;
  /** Own text, trimmed. */
  readonly value: string;
  /** All elements directly inside, in document order. */
  children(): XmlElement[];
  /** Value of an attribute; "" when there is none. */
  attribute(name: string): string;
}

interface Node {
  name: string;
  children: Node[];
  value: string;
  attributes: ReadonlyMap<string, string>;
}

function toNodes(ordered: unknown, depth: number): Node[] {
  if (depth > MAX_XML_DEPTH) throw new DriverError("The XML document is nested too deeply.");
  if (!Array.isArray(ordered)) return [];
  const nodes: Node[] = [];
  for (const entry of ordered) {
    if (typeof entry !== "object" || entry === null) continue;
    for (const [name, content] of Object.entries(entry)) {
      if (name === ":@" || name === "#text" || !Array.isArray(content)) continue;
      const attributes = attributesOf(":@" in entry ? entry[":@"] : null);
      nodes.push({ name, children: toNodes(content, depth + 1), value: ownText(content), attributes });
    }
  }
  return nodes;
}

function attributesOf(values: unknown): ReadonlyMap<string, string> {
  if (typeof values !== "object" || values === null) return new Map();
  return new Map(Object.entries(values).map(([name, value]) => [name, decodeEntities(String(value))]));
}

function ownText(content: unknown[], isCdata = false): string {
  const parts: string[] = [];
  for (const entry of content) {
    if (typeof entry !== "object" || entry === null) continue;
    if ("#text" in entry) {
      const text = String(entry["#text"]);
      parts.push(isCdata ? text : decodeEntities(text));
    }
    if ("#cdata" in entry && Array.isArray(entry["#cdata"])) parts.push(ownText(entry["#cdata"], true));
  }
  return isCdata ? parts.join("") : parts.join("").trim();
}

function wrap(node: Node): XmlElement {
  const all = (path: string): Node[] => {
    let level: Node[] = [node];
    for (const step of path.split("/")) level = level.flatMap((each) => each.children.filter((c) => c.name === step));
    return level;
  };
  return {
    name: node.name,
    value: node.value,
    children: () => node.children.map(wrap),
    attribute: (name) => node.attributes.get(name) ?? "",
    text: (path) => all(path)[0]?.value ?? "",
    all: (path) => all(path).map(wrap),
    first: (path) => {
      const [found] = all(path);
      return found === undefined ? null : wrap(found);
    },
  };
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: "#cdata",
  parseTagValue: false,
  trimValues: false,
  // Decoded by decodeEntities below: the five of XML and character references, nothing a document could define.
  processEntities: false,
  maxNestedTags: MAX_XML_DEPTH,
});

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z]+);/g, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The parser has limits of its own and throws plain errors for names that could pollute a prototype. */
function parseOrdered(xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch (error) {
    throw new DriverError(`The XML document cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The root element of a document.
 * @throws DriverError when it is no well-formed XML, too large, too deep, or has a DTD.
 */
export function parseXml(xml: string): XmlElement {
  if (Buffer.byteLength(xml) > MAX_XML_BYTES) throw new DriverError("The XML document is larger than 4 MiB.");
  if (/<!DOCTYPE/i.test(xml)) throw new DriverError("The XML document has a DOCTYPE, which is not allowed.");
  const valid = XMLValidator.validate(xml);
  if (valid !== true)
    throw new DriverError(`The XML document cannot be read: ${valid.err.msg} (line ${valid.err.line})`);
  const [root, ...others] = toNodes(parseOrdered(xml), 0);
  if (root === undefined || others.length > 0) throw new DriverError("The XML document has no single root element.");
  return wrap(root);
}
