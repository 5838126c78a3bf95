import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";
import { ButtonLink } from "@/components/ui/button";
import { VmTable } from "@/components/vm/vm-table";

export const metadata: Metadata = words({ title: "Virtual machines" });

/** The inventory. */
export default function VmsPage() {
  return (
    <>
      <PageHeader
        title={t("Virtual machines")}
        summary={t("What is protected, and what needs you: the worst first.")}
        actions={
          <ButtonLink href="/vms/new" variant="primary">
            <Plus aria-hidden />
            {t("Register a VM")}
          </ButtonLink>
        }
      />
      <VmTable />
    </>
  );
}
