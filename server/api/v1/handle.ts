import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape } from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";
import type { Core } from "../../core/core";
import { findTokenHolder, type TokenHolder } from "../../core/token/check";
import { refuseUnknownToken } from "../../core/user/sign-in";
import { TOKEN_SCOPES } from "../../domain/access-token";
import { AppError } from "../../domain/errors";
import { readBody } from "../body";
import { appRouter } from "../root";
import { type Operation, operations } from "./operations";
import { inputOfQuery } from "./query";
import { takeCall } from "./rate";

const HEADERS = { "cache-control": "no-store", "content-type": "application/json; charset=utf-8" };

/**
 * One call of `/api/v1`. Only a bearer token signs in: no cookie is read, so another site has nothing to abuse. Never
 * throws.
 */
export async function handleV1(core: Core, request: Request, address: string): Promise<Response> {
  try {
    const holder = await authenticate(core, request, address);
    if (holder instanceof Response) return holder;
    const wait = takeCall(holder.tokenId, core.clock.monotonicMs());
    if (wait > 0) return refusal(429, "TOO_MANY_REQUESTS", "Too many calls with this token.", wait);
    const url = new URL(request.url);
    const operation = operations().get(url.pathname.replace(/^\/api\/v1\//, "").replaceAll("/", "."));
    if (operation === undefined)
      return refusal(404, "NOT_FOUND", "There is no such operation. See /api/v1/openapi.json.");
    if (operation.method !== request.method) {
      return refusal(405, "METHOD_NOT_SUPPORTED", `This operation is called by ${operation.method}.`);
    }
    if (TOKEN_SCOPES.indexOf(holder.scope) < TOKEN_SCOPES.indexOf(operation.scope)) {
      const message = `This needs a token of scope "${operation.scope}"; this one has "${holder.scope}".`;
      return refusal(403, "FORBIDDEN", message);
    }
    const input = await readInput(operation, request, url);
    if (input instanceof Response) return input;
    return await call(core, holder, operation, input.value, request.signal);
  } catch (error) {
    core.log.error({ err: error }, "an API call could not be answered");
    return refusal(500, "INTERNAL_SERVER_ERROR", "Something went wrong inside Strata. The server log has the details.");
  }
}

/** The holder of the request's bearer token, or the refusal. Unknown tokens are throttled by address. */
export async function authenticate(core: Core, request: Request, address: string): Promise<TokenHolder | Response> {
  const [, secret] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (secret === undefined) {
    return refusal(401, "UNAUTHORIZED", "Send an API token: Authorization: Bearer …. Make one under Account.");
  }
  const holder = await findTokenHolder(core, { kind: "api", secret });
  if (holder !== null) return holder;
  try {
    return await refuseUnknownToken(core, address);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "TOO_MANY_ATTEMPTS") {
      const { retrySeconds } = z.object({ retrySeconds: z.number() }).parse(error.data);
      return refusal(429, "TOO_MANY_REQUESTS", error.message, retrySeconds);
    }
    return refusal(401, "UNAUTHORIZED", "This token is not known, has ended or was revoked.");
  }
}

async function readInput(operation: Operation, request: Request, url: URL): Promise<{ value: unknown } | Response> {
  if (operation.method === "GET") return { value: inputOfQuery(operation.input, url.searchParams) };
  if (operation.input === null) return { value: undefined };
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    return refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the input as application/json.");
  }
  const body = await readBody(request);
  if (body === null) return refusal(413, "PAYLOAD_TOO_LARGE", "The input is larger than 1 MiB, or not UTF-8.");
  try {
    return { value: body.trim() === "" ? undefined : JSON.parse(body) };
  } catch {
    return refusal(400, "PARSE_ERROR", "The input is not JSON.");
  }
}

async function call(
  core: Core,
  { actor }: TokenHolder,
  operation: Operation,
  input: unknown,
  signal: AbortSignal,
): Promise<Response> {
  const type = operation.method === "GET" ? "query" : "mutation";
  const ctx = { core, actor };
  const { path } = operation;
  try {
    const result: unknown = await callTRPCProcedure({
      router: appRouter,
      path,
      type,
      ctx,
      signal,
      batchIndex: 0,
      getRawInput: async () => input,
    });
    // Dates, maps and the like as plain JSON, without superjson's notes.
    return new Response(JSON.stringify(superjson.serialize(result).json ?? null), { headers: HEADERS });
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    const shape = getTRPCErrorShape({ config: appRouter._def._config, error, type, path, input, ctx });
    const { code, appCode, fields, httpStatus } = shape.data;
    const body = JSON.stringify({ error: { message: shape.message, code, appCode, fields } });
    return new Response(body, { status: httpStatus, headers: HEADERS });
  }
}

function refusal(status: number, code: string, message: string, retrySeconds = 0): Response {
  const headers = {
    ...HEADERS,
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(retrySeconds > 0 ? { "retry-after": String(retrySeconds) } : {}),
  };
  return new Response(JSON.stringify({ error: { message, code, appCode: null, fields: [] } }), { status, headers });
}
