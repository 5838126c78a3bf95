import type { Metadata } from "next";
import { QuotasPage } from "@/components/admin/quotas-page";

export const metadata: Metadata = { title: "Quotas" };

/** What users and groups may store. */
export default function Page() {
  return <QuotasPage />;
}
