import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { OverviewPage } from "@/components/overview/overview-page";

export const metadata: Metadata = words({ title: "Overview" });

/** Is tonight fine, and what is to be done next? */
export default function Page() {
  return <OverviewPage />;
}
