import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { CapacityPage } from "@/components/report/capacity-page";

export const metadata: Metadata = words({ title: "Capacity" });

/** How fast do the backup datastores fill? */
export default function Page() {
  return <CapacityPage />;
}
