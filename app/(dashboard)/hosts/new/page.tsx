import type { Metadata } from "next";
import { HostForm } from "@/components/host/host-form";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Add a host" };

/** Add a machine that runs VMs. */
export default function Page() {
  return (
    <>
      <PageHeader title="Add a host" summary="A machine with libvirt, reached over SSH. No agent is installed on it." />
      <HostForm />
    </>
  );
}
