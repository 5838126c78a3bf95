import type { Metadata } from "next";
import { PasswordForm } from "@/components/account/password-form";
import { TokensCard } from "@/components/account/tokens-card";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return (
    <>
      <PageHeader title="Account" summary="Your own sign-in, and the tokens of your programs." />
      <div className="space-y-8">
        <TokensCard />
        <PasswordForm />
      </div>
    </>
  );
}
