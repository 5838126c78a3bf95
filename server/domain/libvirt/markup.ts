import { withoutForbidden, type Xml, type XmlContent } from "../xml/builder";

/**
 * XML with attributes, as libvirt wants it. Texts of users are escaped for the place they stand in; names are ours and
 * therefore not checked.
 */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as it stands in an attribute or an element. */
export function escapeText(text: string): string {
  return withoutForbidden(text).replaceAll(/[&<>'"\t\n\r]/g, (sign) => ESCAPES[sign] ?? sign);
}

/** `<name a='1'>content</name>`; an attribute without a value is left out, an element without content is closed. */
export function tag(name: string, attributes: Attributes = {}, content: XmlContent = ""): Xml {
  const words = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}='${escapeText(String(value))}'`],
  );
  const inner = contentOf(content);
  const open = `<${name}${words.join("")}`;
  return { xml: inner === "" ? `${open}/>` : `${open}>${inner}</${name}>` };
}

function contentOf(content: XmlContent): string {
  if (typeof content === "number") return String(content);
  if (typeof content === "string") return escapeText(content);
  return "xml" in content ? content.xml : content.map((piece) => piece.xml).join("");
}
