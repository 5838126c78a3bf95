import type { Metadata } from "next";
import { RunsPage } from "@/components/report/runs-page";

export const metadata: Metadata = { title: "Runs" };

/** How did the backups of each VM end? */
export default function Page() {
  return <RunsPage />;
}
