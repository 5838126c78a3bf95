import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { CoreStarting } from "@/components/layout/core-starting";
import { signInHref } from "@/components/layout/local-path";
import { Shell } from "@/components/layout/shell";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";

export const dynamic = "force-dynamic";

/** Session guard and shell of every page behind the sign-in. The API checks each call again. */
export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const core = getCore();
  if (core === null) return <CoreStarting />;
  if ((await sessionActor(core)) === null) redirect(signInHref((await headers()).get("x-strata-path")));
  return <Shell>{children}</Shell>;
}
