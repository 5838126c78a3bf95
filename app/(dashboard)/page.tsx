import type { Metadata } from "next";
import { OverviewPage } from "@/components/overview/overview-page";

export const metadata: Metadata = { title: "Overview" };

/** Is tonight fine, and what is to be done next? */
export default function Page() {
  return <OverviewPage />;
}
