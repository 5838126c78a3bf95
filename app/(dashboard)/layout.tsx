import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { locale } from "@/components/i18n/t";
import { CoreStarting } from "@/components/layout/core-starting";
import { localeHref, signInHref } from "@/components/layout/local-path";
import { Shell } from "@/components/layout/shell";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";
import { readLocale } from "@/server/core/user/locale";

export const dynamic = "force-dynamic";

/** Session guard and shell of every page behind the sign-in. The API checks each call again. */
export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const core = getCore();
  if (core === null) return <CoreStarting />;
  const path = (await headers()).get("x-strata-path");
  const actor = await sessionActor(core);
  if (actor === null) redirect(signInHref(path));
  // The page is in the language of a cookie. A browser where this user is new gets it first.
  if ((await readLocale(core.db, actor.userId)) !== locale()) redirect(localeHref(path));
  return <Shell>{children}</Shell>;
}
