import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { t, words } from "@/components/i18n/t";
import { localPath } from "@/components/layout/local-path";
import { Mark } from "@/components/layout/logo";
import { SignInForm } from "@/components/layout/sign-in-form";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";

export const metadata: Metadata = words({ title: "Sign in" });
export const dynamic = "force-dynamic";

/** Sign-in. Who is signed in already goes on to where they were going. */
export default async function LoginPage({
  searchParams,
}: {
  searchParams: Promise<{ callbackUrl?: string | string[] }>;
}) {
  const { callbackUrl } = await searchParams;
  const target = localPath(callbackUrl);
  const core = getCore();
  if (core !== null && (await sessionActor(core)) !== null) redirect(target);
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-3">
          <Mark className="size-8" />
          <h1 className="text-xl font-semibold">{t("Sign in to Strata")}</h1>
        </div>
        <SignInForm target={target} />
      </div>
    </main>
  );
}
