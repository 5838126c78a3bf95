import type { Core } from "../../../core/core";
import { child, parseXml, type XmlNode } from "../../../lib/xml/parse";
import { handleRpc } from "../handle";

export type Answer = { ok: boolean; value: string | number | boolean; code: number; fault?: string };

/** A client of the API for tests: real documents in and out, without the socket. */
export function rpcClient(core: Core, session: string) {
  return async (method: string, ...params: readonly (string | number | boolean)[]): Promise<Answer> =>
    readAnswer(await replyTo(core, callXml(method, [session, ...params])));
}

/** The whole reply to the document of a call. */
export async function replyTo(core: Core, body: string): Promise<string> {
  const reply = await handleRpc(core, body, "192.0.2.9");
  if (typeof reply === "string") return reply;
  let text = "";
  for await (const piece of reply) text += piece;
  return text;
}

/** The document of a call. */
export function callXml(method: string, params: readonly (string | number | boolean)[]): string {
  const values = params.map((param) => `<param><value>${valueXml(param)}</value></param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
}

function valueXml(value: string | number | boolean): string {
  if (typeof value === "number") return `<int>${value}</int>`;
  if (typeof value === "boolean") return `<boolean>${value ? 1 : 0}</boolean>`;
  return `<string>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</string>`;
}

/** The result array, or the fault. */
export function readAnswer(xml: string): Answer {
  const root = parseXml(xml, { maxBytes: 64 * 1024 * 1024 });
  const fault = child(root, "fault");
  if (fault !== undefined) return { ok: false, value: "", code: -1, fault: allText(fault) };
  const data = ["params", "param", "value", "array", "data"].reduce<XmlNode | undefined>(
    (node, name) => node && child(node, name),
    root,
  );
  const [ok, value, code] = (data?.children ?? []).map((one) => one.children[0]);
  if (value === undefined) throw new Error(`no result in ${xml.slice(0, 500)}`);
  const isNumber = value.name === "i4" || value.name === "i8";
  return {
    ok: ok?.text === "1",
    value: isNumber ? Number(value.text) : value.name === "boolean" ? value.text === "1" : value.text,
    code: Number(code?.text),
  };
}

function allText(node: XmlNode): string {
  return node.text + node.children.map(allText).join(" ");
}
