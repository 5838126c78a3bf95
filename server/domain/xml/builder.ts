/**
 * The only way to make XML here. A piece of finished XML has its own type, so text cannot get into a document without
 * being escaped. Documents carry no namespace, no declaration and no line breaks, as OpenNebula's.
 */
export interface Xml {
  readonly xml: string;
}

/** Text and numbers are escaped; pieces are taken as they are. */
export type XmlContent = string | number | Xml | readonly Xml[];

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Everything but XML 1.0's Char production; lone surrogates are caught too, thanks to the `u` flag. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** `<name>content</name>`. The name is made valid by `elementName`. */
export function element(name: string, content: XmlContent = ""): Xml {
  const tag = elementName(name);
  return { xml: `<${tag}>${contentXml(content)}</${tag}>` };
}

/** `<name><![CDATA[text]]></name>`, escaped instead when the text holds `]]>` or a carriage return, which CDATA cannot. */
export function cdataElement(name: string, text: string): Xml {
  const clean = withoutForbidden(text);
  if (clean === "" || clean.includes("]]>") || clean.includes("\r")) return element(name, clean);
  const tag = elementName(name);
  return { xml: `<${tag}><![CDATA[${clean}]]></${tag}>` };
}

/** A document that one of our builders made earlier and that was stored as text. Never text from outside. */
export function builtDocument(xml: string): Xml {
  return { xml };
}

/** `<name><ID>1</ID>…</name>` */
export function idsElement(name: string, ids: readonly number[]): Xml {
  return element(
    name,
    ids.map((id) => element("ID", id)),
  );
}

/** What XML may hold of `name`: other characters become `_`, and a digit in front gets one. */
export function elementName(name: string): string {
  if (NAME.test(name)) return name;
  const clean = name.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`;
}

/** Characters that XML 1.0 cannot hold at all, not even escaped, become U+FFFD. */
export function withoutForbidden(text: string): string {
  return text.replaceAll(NOT_XML, "\ufffd");
}

/** Epoch ms as the seconds of the documents; 0 for never. */
export function epochSeconds(at: number | null): number {
  return at === null ? 0 : Math.floor(at / 1000);
}

/** YES or NO. */
export function yesNo(value: boolean): string {
  return value ? "YES" : "NO";
}

function contentXml(content: XmlContent): string {
  if (typeof content === "number") return String(content);
  if (typeof content === "string")
    return withoutForbidden(content).replaceAll(/[&<>"\r]/g, (sign) => ESCAPES[sign] ?? sign);
  return "xml" in content ? content.xml : content.map((piece) => piece.xml).join("");
}
