import { getCore } from "@/server/core/runtime";
import { readHealth } from "@/server/core/system/health";

export const dynamic = "force-dynamic";

/** Liveness for start-up scripts and load balancers; says nothing that needs a sign-in. */
export async function GET(): Promise<Response> {
  const core = getCore();
  if (core === null) return Response.json({ status: "starting" }, { status: 503 });
  const health = await readHealth(core);
  return Response.json(health, { status: health.status === "ok" ? 200 : 503 });
}
