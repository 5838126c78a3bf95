import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { CompliancePage } from "@/components/report/compliance-page";

export const metadata: Metadata = words({ title: "Compliance" });

/** Is every VM backed up as often as it should be? */
export default function Page() {
  return <CompliancePage />;
}
