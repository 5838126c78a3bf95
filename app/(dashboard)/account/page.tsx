import type { Metadata } from "next";
import { PasswordForm } from "@/components/account/password-form";
import { TokensCard } from "@/components/account/tokens-card";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = words({ title: "Account" });

export default function Page() {
  return (
    <>
      <PageHeader title={t("Account")} summary={t("Your own sign-in, and the tokens of your programs.")} />
      <div className="space-y-8">
        <TokensCard />
        <PasswordForm />
      </div>
    </>
  );
}
