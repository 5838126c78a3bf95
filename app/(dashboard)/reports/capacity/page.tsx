import type { Metadata } from "next";
import { CapacityPage } from "@/components/report/capacity-page";

export const metadata: Metadata = { title: "Capacity" };

/** How fast do the backup datastores fill? */
export default function Page() {
  return <CapacityPage />;
}
