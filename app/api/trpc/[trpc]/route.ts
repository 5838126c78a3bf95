import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { appRouter } from "@/server/api/root";
import { isSameOrigin } from "@/server/api/same-origin";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";

export const dynamic = "force-dynamic";

async function handle(request: Request): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.", { status: 503 });
  if (!isSameOrigin(request)) return new Response("Cross-origin requests are refused.", { status: 403 });
  return await fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext: async () => ({ core, actor: await sessionActor(core) }),
  });
}

export { handle as GET, handle as POST };
