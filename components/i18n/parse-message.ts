import type { CompiledMessage } from "icu-minify/format";

type Node = Exclude<CompiledMessage, string>[number];
type Cases = Record<string, Node>;

const POUND = 0;
const KINDS: Readonly<Record<string, 1 | 2 | 3>> = { select: 1, plural: 2, selectordinal: 3 };

/**
 * An ICU message in the form that `icu-minify/format` takes. Reads arguments, `plural`, `select`, `selectordinal`, tags
 * and quotes: what our messages use. A test holds it against FormatJS's parser for every message of the catalogue; that
 * one alone is ten times the size of this and would be in the first load of every page.
 * @throws {Error} the message is not well formed
 */
export function parseMessage(text: string): CompiledMessage {
  const reader = { text, at: 0 };
  const nodes = readNodes(reader, null, false);
  if (reader.at < text.length) throw new Error(`Unexpected "${text[reader.at]}" at ${reader.at}: ${text}`);
  return nodes.every((node) => typeof node === "string") ? nodes.join("") : nodes;
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Up to the `}` of a case or the closing tag, which stay unread. */
function readNodes(reader: Reader, tag: string | null, isPlural: boolean): Node[] {
  const { text } = reader;
  const nodes: Node[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") nodes.push(plain);
    plain = "";
  };
  while (reader.at < text.length) {
    const char = text.charAt(reader.at);
    if (char === "}" || (tag !== null && text.startsWith("</", reader.at))) break;
    if (char === "'") {
      plain += readQuote(reader, isPlural);
    } else if (char === "{") {
      flush();
      nodes.push(readArgument(reader));
    } else if (char === "#" && isPlural) {
      flush();
      nodes.push(POUND);
      reader.at += 1;
    } else if (char === "<" && /^<[a-z]/.test(text.slice(reader.at, reader.at + 2))) {
      flush();
      const name = take(reader, /<([a-zA-Z0-9]+)>/y);
      const inner = readNodes(reader, name, isPlural);
      take(reader, new RegExp(`</(${name})>`, "y"));
      nodes.push([name, ...inner] as unknown as Node); // a tag: its children follow its name
    } else {
      plain += char;
      reader.at += 1;
    }
  }
  flush();
  return nodes;
}

/** `''` is an apostrophe and `'{…'` is literal text; any other apostrophe is itself. */
function readQuote(reader: Reader, isPlural: boolean): string {
  const quoted = /'(?:'|([{}<>#][^']*(?:''[^']*)*)(?:'|$))/y;
  quoted.lastIndex = reader.at;
  const match = quoted.exec(reader.text);
  const isQuote = match !== null && (match[1] === undefined || match[1][0] !== "#" || isPlural);
  reader.at += isQuote ? match[0].length : 1;
  return isQuote ? (match[1] ?? "'").replaceAll("''", "'") : "'";
}

function readArgument(reader: Reader): Node {
  const name = take(reader, /\{\s*(\w+)\s*/y);
  if (reader.text[reader.at] === "}") {
    reader.at += 1;
    return [name];
  }
  const kind = KINDS[take(reader, /,\s*(\w+)\s*,\s*/y)];
  if (kind === undefined) throw new Error(`Not a kind of argument: ${reader.text}`);
  const cases: Cases = {};
  while (reader.text[reader.at] !== "}") {
    const word = take(reader, /(=\d+|\w+)\s*\{/y);
    const nodes = readNodes(reader, null, kind !== 1);
    const [only = ""] = nodes;
    cases[word] = (nodes.length > 1 || Array.isArray(only) ? nodes : only) as Node; // a case is a text, a # or a list
    take(reader, /(\})\s*/y);
  }
  if (cases["other"] === undefined) throw new Error(`The case "other" is missing: ${reader.text}`);
  reader.at += 1;
  return [name, kind, cases] as unknown as Node; // the kind says which of the three it is
}

/** What the pattern captures here. */
function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match === null) throw new Error(`Not well formed at ${reader.at}: ${reader.text}`);
  reader.at += match[0].length;
  return match[1] ?? "";
}
