import { isSameOrigin } from "@/server/api/same-origin";
import { authenticate } from "@/server/api/v1/handle";
import { openApiDocument } from "@/server/api/v1/openapi";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";

export const dynamic = "force-dynamic";

/** The document of the API: for a token, or for the reference page of somebody who is signed in. It only reads. */
export async function GET(request: Request): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.", { status: 503 });
  const isOurPage = !request.headers.has("authorization") && isSameOrigin(request);
  if (!isOurPage || (await sessionActor(core)) === null) {
    const holder = await authenticate(core, request, request.headers.get("x-strata-client") ?? "unknown");
    if (holder instanceof Response) return holder;
  }
  return Response.json(openApiDocument(core.config.version), { headers: { "cache-control": "no-store" } });
}
