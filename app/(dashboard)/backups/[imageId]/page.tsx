import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { BackupPage } from "@/components/backup/backup-page";
import { words } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "Backup" });

/** One backup image. */
export default async function Page({ params }: { params: Promise<{ imageId: string }> }) {
  const imageId = ObjectId.safeParse(Number((await params).imageId));
  if (!imageId.success) notFound();
  return <BackupPage imageId={imageId.data} />;
}
