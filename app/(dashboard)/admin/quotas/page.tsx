import type { Metadata } from "next";
import { QuotasPage } from "@/components/admin/quotas-page";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Quotas" });

/** What users and groups may store. */
export default function Page() {
  return <QuotasPage />;
}
