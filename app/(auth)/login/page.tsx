import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "@/components/layout/sign-in-form";
import { Mark } from "@/components/layout/logo";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";

export const metadata: Metadata = { title: "Sign in" };
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
          <h1 className="text-xl font-semibold">Sign in to Strata</h1>
        </div>
        <SignInForm target={target} />
      </div>
    </main>
  );
}

/** A path of this site, or `/`: never another site. */
function localPath(value: string | string[] | undefined): string {
  const base = "http://local.invalid";
  if (typeof value !== "string" || !URL.canParse(value, base)) return "/";
  const url = new URL(value, base);
  // next-auth gives the whole address of our own pages; whatever its origin says, only the path is taken.
  return url.pathname.startsWith("//") ? "/" : `${url.pathname}${url.search}`;
}
