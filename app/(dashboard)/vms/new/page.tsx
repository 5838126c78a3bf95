import type { Metadata } from "next";
import { PageHeader } from "@/components/layout/page-header";
import { RegisterForm } from "@/components/vm/register-form";

export const metadata: Metadata = { title: "Register a VM" };

/** Register disk files as a VM. */
export default function NewVmPage() {
  return (
    <>
      <PageHeader
        title="Register a VM"
        summary="Make a powered-off virtual machine of qcow2 or raw files that are on a host already."
      />
      <RegisterForm />
    </>
  );
}
