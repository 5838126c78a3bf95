import type { Metadata } from "next";
import { HostForm } from "@/components/host/host-form";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = words({ title: "Add a host" });

/** Add a machine that runs VMs. */
export default function Page() {
  return (
    <>
      <PageHeader
        title={t("Add a host")}
        summary={t("A machine with libvirt, reached over SSH. No agent is installed on it.")}
      />
      <HostForm />
    </>
  );
}
