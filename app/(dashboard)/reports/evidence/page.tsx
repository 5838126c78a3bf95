import type { Metadata } from "next";
import { EvidencePage } from "@/components/report/evidence-page";

export const metadata: Metadata = { title: "Evidence" };

/** What proves that each VM can be restored? */
export default function Page() {
  return <EvidencePage />;
}
