import { appError } from "../../domain/errors";
import { element, type Xml } from "../../domain/xml/builder";
import { child, parseXml, type XmlNode } from "../../lib/xml/parse";
import { MAX_CALL_BYTES } from "../body";

/**
 * XML-RPC in and out (jobs-api-cli §4.1). Integers come as int, i4 or i8; a value without a type is a string. Structures are
 * not part of this API and are refused.
 */

export type RpcValue = string | number | boolean | null | readonly RpcValue[];

export interface RpcCall {
  method: string;
  params: RpcValue[];
}

const MAX_DEPTH = 16;
const MAX_PARAMS = 64;

/** Read a `<methodCall>`. @throws XML_MALFORMED, INVALID_INPUT: each becomes a fault */
export function parseCall(xml: string): RpcCall {
  const root = parseXml(xml, { maxBytes: MAX_CALL_BYTES, maxDepth: MAX_DEPTH });
  if (root.name !== "methodCall") throw refused("The document is not a methodCall.");
  const method = child(root, "methodName")?.text.trim() ?? "";
  if (!/^[A-Za-z0-9_.:/]{1,100}$/.test(method)) throw refused("The methodName is missing or has strange characters.");
  const params = (child(root, "params")?.children ?? []).filter((node) => node.name === "param");
  if (params.length > MAX_PARAMS) throw refused(`A call has at most ${MAX_PARAMS} parameters.`);
  return { method, params: params.map((param) => readValue(child(param, "value"))) };
}

function readValue(value: XmlNode | undefined): RpcValue {
  if (value === undefined) throw refused("A parameter has no value.");
  const typed = value.children[0];
  if (typed === undefined) return value.text;
  const text = typed.text.trim();
  switch (typed.name) {
    case "string":
      return typed.text;
    case "int":
    case "i4":
    case "i8":
      if (!/^[+-]?\d{1,16}$/.test(text)) throw refused(`"${text.slice(0, 40)}" is not an integer.`);
      return Number(text);
    case "boolean":
      if (text !== "0" && text !== "1") throw refused(`"${text.slice(0, 40)}" is not a boolean.`);
      return text === "1";
    case "double":
      if (!Number.isFinite(Number(text)) || text === "") throw refused(`"${text.slice(0, 40)}" is not a number.`);
      return Number(text);
    case "nil":
      return null;
    case "array":
      return (child(typed, "data")?.children ?? []).map(readValue);
    default:
      throw refused(`Values of type ${typed.name.slice(0, 40)} are not accepted.`);
  }
}

/** The `<methodResponse>` of a result array. */
export function printResponse(result: readonly RpcValue[]): string {
  return `${DECLARATION}${element("methodResponse", [element("params", [element("param", [printValue(result)])])]).xml}`;
}

/**
 * The same for a result whose value is a long document, piece by piece. Nothing in a document that our builders made is
 * forbidden in XML, so it only has to be escaped.
 */
export async function* printStream(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const [before = "", after = ""] = printResponse([true, MARK, 0]).split(MARK);
  yield before;
  for await (const piece of pieces)
    yield piece.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  yield after;
}

const MARK = "document";

/** A `<fault>`: the call itself was wrong, nothing was done. */
export function printFault(code: number, message: string): string {
  const member = (name: string, value: RpcValue) => element("member", [element("name", name), printValue(value)]);
  const struct = element("struct", [member("faultCode", code), member("faultString", message)]);
  return `${DECLARATION}${element("methodResponse", [element("fault", [element("value", [struct])])]).xml}`;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function printValue(value: RpcValue): Xml {
  return element("value", [typedValue(value)]);
}

function typedValue(value: RpcValue): Xml {
  if (value === null) return element("nil");
  if (typeof value === "boolean") return element("boolean", value ? 1 : 0);
  if (typeof value === "number")
    return element(Number.isSafeInteger(value) && Math.abs(value) > 2 ** 31 - 1 ? "i8" : "i4", value);
  if (typeof value === "string") return element("string", value);
  return element("array", [element("data", value.map(printValue))]);
}

function refused(message: string) {
  return appError("INVALID_INPUT", { message });
}
