import { handleV1 } from "@/server/api/v1/handle";
import { getCore } from "@/server/core/runtime";

export const dynamic = "force-dynamic";

/** The typed HTTP API, for programs: see /api/v1/openapi.json. */
async function handle(request: Request): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.", { status: 503 });
  return await handleV1(core, request, request.headers.get("x-strata-client") ?? "unknown");
}

export { handle as GET, handle as POST };
