import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { PageHeader } from "@/components/layout/page-header";
import { ButtonLink } from "@/components/ui/button";
import { VmTable } from "@/components/vm/vm-table";

export const metadata: Metadata = { title: "Virtual machines" };

/** The inventory. */
export default function VmsPage() {
  return (
    <>
      <PageHeader
        title="Virtual machines"
        summary="What is protected, and what needs you: the worst first."
        actions={
          <ButtonLink href="/vms/new" variant="primary">
            <Plus aria-hidden />
            Register a VM
          </ButtonLink>
        }
      />
      <VmTable />
    </>
  );
}
