import type { Metadata } from "next";
import { NetworkList } from "@/components/network/network-list";

export const metadata: Metadata = { title: "Virtual networks" };

/** The networks that new and restored VMs take their addresses from. */
export default function Page() {
  return <NetworkList />;
}
