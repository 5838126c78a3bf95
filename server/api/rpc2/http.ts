import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Core } from "../../core/core";
import { readText } from "../body";
import { printFault } from "./codec";
import { handleRpc } from "./handle";

const HEADERS = {
  "content-type": "text/xml; charset=utf-8",
  // The reference does not compress, and some of its clients cannot undo it.
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
};

/**
 * OpenNebula's XML-RPC over HTTP. A session string comes with each call and no cookie is read: another site has nothing to
 * abuse. Called by server/setup/serve.mjs, which has put the client's address into `x-strata-client`. Never throws.
 */
export function rpc2Handler(core: Core): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      await answer(core, request, response);
    } catch (error) {
      // Part of a document may be with the client already: a broken connection tells it that this is no answer.
      response.destroy();
      if (isGone(error)) return;
      core.log.error({ err: error }, "an API call could not be answered to its end");
    }
  };
}

/** The client went away. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET";
}

async function answer(core: Core, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (xml: string) => {
    response.writeHead(200, { ...HEADERS, "content-length": Buffer.byteLength(xml) });
    response.end(xml);
  };
  if (request.method !== "POST") {
    response.writeHead(405, { allow: "POST", "content-type": "text/plain; charset=utf-8" });
    response.end("Calls of XML-RPC are sent by POST.\n");
    return;
  }
  // A page of another site can send text/plain without asking first, not text/xml.
  if (!/^(text|application)\/xml\b/i.test(request.headers["content-type"] ?? "")) {
    request.resume();
    send(printFault(-503, "Send the call as text/xml."));
    return;
  }
  const chunks = request.iterator({ destroyOnReturn: false });
  const body = await readText(chunks, request.headers["content-length"] ?? null);
  if (body === null) {
    request.resume();
    send(printFault(-503, "The call is too large or not UTF-8."));
    return;
  }
  const address = request.headers["x-strata-client"];
  const reply = await handleRpc(core, body, typeof address === "string" ? address : "unknown");
  if (typeof reply === "string") {
    send(reply);
    return;
  }
  response.writeHead(200, HEADERS);
  await pipeline(Readable.from(reply, { highWaterMark: 1 }), response);
}
