import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { JobList } from "@/components/job/job-list";

export const metadata: Metadata = words({ title: "Backup jobs" });

/** Every backup job. */
export default function Page() {
  return <JobList />;
}
