import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { words } from "@/components/i18n/t";
import { EditJob } from "@/components/job/job-editor";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "Edit backup job" });

/** Change a job. */
export default async function Page({ params }: { params: Promise<{ jobId: string }> }) {
  const jobId = ObjectId.safeParse(Number((await params).jobId));
  if (!jobId.success) notFound();
  return <EditJob jobId={jobId.data} />;
}
