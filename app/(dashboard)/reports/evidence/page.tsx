import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { EvidencePage } from "@/components/report/evidence-page";

export const metadata: Metadata = words({ title: "Evidence" });

/** What proves that each VM can be restored? */
export default function Page() {
  return <EvidencePage />;
}
