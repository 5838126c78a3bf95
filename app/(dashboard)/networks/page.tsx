import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { NetworkList } from "@/components/network/network-list";

export const metadata: Metadata = words({ title: "Virtual networks" });

/** The networks that new and restored VMs take their addresses from. */
export default function Page() {
  return <NetworkList />;
}
