import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { RunsPage } from "@/components/report/runs-page";

export const metadata: Metadata = words({ title: "Runs" });

/** How did the backups of each VM end? */
export default function Page() {
  return <RunsPage />;
}
