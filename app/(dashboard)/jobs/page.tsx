import type { Metadata } from "next";
import { JobList } from "@/components/job/job-list";

export const metadata: Metadata = { title: "Backup jobs" };

/** Every backup job. */
export default function Page() {
  return <JobList />;
}
