import { element, type Xml } from "../domain/xml/builder";
import { child, parseXml, type XmlNode } from "../lib/xml/parse";
import { CliError } from "./error";

/** What a call carries to the server: OpenNebula's clients send nothing else. */
export type RpcParam = string | number | boolean;

export type RpcCall = (method: string, ...params: readonly RpcParam[]) => Promise<string | number | boolean>;

/** A pool of 10,000 machines in the extended form, and room above it. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;

export interface Connection {
  endpoint: string;
  /** `user:password`, or `user:token`. */
  session: string;
  timeoutMs: number;
}

/** A client of `/RPC2`. Errors of the server become a CliError with the bare message. */
export function rpcClient(connection: Connection): RpcCall {
  return async (method, ...params) => {
    const response = await post(connection, callXml(method, [connection.session, ...params]));
    return readAnswer(response);
  };
}

async function post(connection: Connection, body: string): Promise<string> {
  try {
    const response = await fetch(connection.endpoint, {
      method: "POST",
      headers: { "content-type": "text/xml; charset=utf-8" },
      body,
      signal: AbortSignal.timeout(connection.timeoutMs),
      redirect: "error",
    });
    if (!response.ok) throw new CliError(`${connection.endpoint} answered with status ${response.status}`);
    return await response.text();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CliError(`Cannot reach ${connection.endpoint}: ${cause}`);
  }
}

function callXml(method: string, params: readonly RpcParam[]): string {
  const call = element("methodCall", [
    element("methodName", method),
    element(
      "params",
      params.map((param) => element("param", [element("value", [typed(param)])])),
    ),
  ]);
  return `<?xml version="1.0"?>${call.xml}`;
}

function typed(param: RpcParam): Xml {
  if (typeof param === "number") return element("int", param);
  if (typeof param === "boolean") return element("boolean", param ? 1 : 0);
  return element("string", param);
}

/** The second element of the result array. @throws CliError with the server's words */
export function readAnswer(xml: string): string | number | boolean {
  const root = parseAnswer(xml);
  const fault = child(root, "fault");
  if (fault !== undefined) throw new CliError(faultText(fault));
  const data = ["params", "param", "value", "array", "data"].reduce<XmlNode | undefined>(
    (node, name) => node && child(node, name),
    root,
  );
  const [ok, value] = (data?.children ?? []).map((one) => one.children[0]);
  if (ok === undefined || value === undefined) throw new CliError("The answer of the server cannot be read.");
  if (ok.text !== "1") throw new CliError(value.text);
  if (value.name === "boolean") return value.text === "1";
  return value.name === "string" ? value.text : Number(value.text);
}

function parseAnswer(xml: string): XmlNode {
  try {
    return parseXml(xml, { maxBytes: MAX_ANSWER_BYTES });
  } catch {
    throw new CliError("The answer of the server cannot be read. Is the endpoint an XML-RPC API?");
  }
}

function faultText(fault: XmlNode): string {
  const members = child(fault, "value")?.children[0]?.children ?? [];
  const text = members.find((member) => child(member, "name")?.text === "faultString");
  return text === undefined ? "The server refused the call." : (child(text, "value")?.children[0]?.text ?? "");
}

/** A document that a method answered. */
export function documentOf(answer: string | number | boolean): XmlNode {
  return parseAnswer(String(answer));
}
