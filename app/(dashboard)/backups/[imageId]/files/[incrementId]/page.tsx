import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { FilesPage } from "@/components/files/files-page";
import { words } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "Files" });

/** The files of one restore point. */
export default async function Page({ params }: { params: Promise<{ imageId: string; incrementId: string }> }) {
  const { imageId, incrementId } = await params;
  const image = ObjectId.safeParse(Number(imageId));
  const increment = ObjectId.safeParse(Number(incrementId));
  if (!image.success || !increment.success) notFound();
  return <FilesPage imageId={image.data} incrementId={increment.data} />;
}
