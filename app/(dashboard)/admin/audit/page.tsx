import type { Metadata } from "next";
import { AuditPage } from "@/components/admin/audit-page";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Audit log" });

/** Who did what, when. */
export default function Page() {
  return <AuditPage />;
}
