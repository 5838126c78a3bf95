import { printFault } from "@/server/api/rpc2/codec";
import { handleRpc, readBody } from "@/server/api/rpc2/handle";
import { getCore } from "@/server/core/runtime";

export const dynamic = "force-dynamic";

const HEADERS = { "content-type": "text/xml; charset=utf-8", "cache-control": "no-store" };

/** OpenNebula's XML-RPC. A session string with each call, no cookie: another site has nothing to abuse. */
export async function POST(request: Request): Promise<Response> {
  const core = getCore();
  const reply = (xml: string) => new Response(xml, { headers: HEADERS });
  if (core === null) return reply(printFault(-500, "The core is still starting."));
  const type = request.headers.get("content-type") ?? "";
  // A page of another site can send text/plain without asking first, not text/xml.
  if (!/^(text|application)\/xml\b/i.test(type)) return reply(printFault(-503, "Send the call as text/xml."));
  const body = await readBody(request);
  if (body === null) return reply(printFault(-503, "The call is too large or not UTF-8."));
  return reply(await handleRpc(core, body, request.headers.get("x-strata-client") ?? "unknown"));
}
