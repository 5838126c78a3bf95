import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { words } from "@/components/i18n/t";
import { JobPage } from "@/components/job/job-page";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "Backup job" });

/** One backup job. */
export default async function Page({ params }: { params: Promise<{ jobId: string }> }) {
  const jobId = ObjectId.safeParse(Number((await params).jobId));
  if (!jobId.success) notFound();
  return <JobPage jobId={jobId.data} />;
}
