import type { Metadata } from "next";
import { HostList } from "@/components/host/host-list";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Hosts" });

/** Machines that run VMs. */
export default function Page() {
  return <HostList />;
}
