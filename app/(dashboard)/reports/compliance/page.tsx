import type { Metadata } from "next";
import { CompliancePage } from "@/components/report/compliance-page";

export const metadata: Metadata = { title: "Compliance" };

/** Is every VM backed up as often as it should be? */
export default function Page() {
  return <CompliancePage />;
}
