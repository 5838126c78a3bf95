import type { Metadata } from "next";
import { AuditPage } from "@/components/admin/audit-page";

export const metadata: Metadata = { title: "Audit log" };

/** Who did what, when. */
export default function Page() {
  return <AuditPage />;
}
