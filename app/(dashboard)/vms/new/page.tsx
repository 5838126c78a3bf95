import type { Metadata } from "next";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";
import { RegisterForm } from "@/components/vm/register-form";

export const metadata: Metadata = words({ title: "Register a VM" });

/** Register disk files as a VM. */
export default function NewVmPage() {
  return (
    <>
      <PageHeader
        title={t("Register a VM")}
        summary={t("Make a powered-off virtual machine of qcow2 or raw files that are on a host already.")}
      />
      <RegisterForm />
    </>
  );
}
