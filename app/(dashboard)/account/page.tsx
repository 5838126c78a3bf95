import type { Metadata } from "next";
import { PasswordForm } from "@/components/account/password-form";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return (
    <>
      <PageHeader title="Account" summary="Your own sign-in." />
      <PasswordForm />
    </>
  );
}
