import { localPath } from "@/components/layout/local-path";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";
import { readLocale } from "@/server/core/user/locale";
import { LOCALE_COOKIE } from "@/server/domain/locale";

export const dynamic = "force-dynamic";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Puts the user's language into the cookie that pages are rendered by, then goes to `to`. It outlives the session: the sign-in speaks it too. */
export async function GET(request: Request): Promise<Response> {
  const core = getCore();
  const actor = core === null ? null : await sessionActor(core);
  const headers = new Headers({
    Location: localPath(new URL(request.url).searchParams.get("to")),
    "Cache-Control": "no-store",
  });
  if (core !== null && actor !== null) {
    const locale = await readLocale(core.db, actor.userId);
    headers.set("Set-Cookie", `${LOCALE_COOKIE}=${locale}; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`);
  }
  return new Response(null, { status: 307, headers });
}
