import { timingSafeEqual } from "node:crypto";
import { collectMetrics } from "@/server/core/metrics/collect";
import { getCore } from "@/server/core/runtime";
import { env } from "@/server/lib/env";

export const dynamic = "force-dynamic";

const LOCAL = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];

/** Prometheus scrapes here: with METRICS_TOKEN as bearer, or from this machine when there is none. */
export async function GET(request: Request): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.\n", { status: 503 });
  if (!mayRead(request)) return new Response("Set METRICS_TOKEN and send it as a bearer token.\n", { status: 401 });
  return new Response(await collectMetrics(core), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
  });
}

function mayRead(request: Request): boolean {
  const token = env().METRICS_TOKEN;
  if (token === undefined) return LOCAL.includes(request.headers.get("x-strata-client") ?? "");
  const given = Buffer.from(request.headers.get("authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
