import type { Metadata } from "next";
import { HostList } from "@/components/host/host-list";

export const metadata: Metadata = { title: "Hosts" };

/** Machines that run VMs. */
export default function Page() {
  return <HostList />;
}
