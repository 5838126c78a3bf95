import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { words } from "@/components/i18n/t";
import { VmPage } from "@/components/vm/vm-page";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "Virtual machine" });

/** One VM. */
export default async function Page({ params }: { params: Promise<{ vmId: string }> }) {
  const vmId = ObjectId.safeParse(Number((await params).vmId));
  if (!vmId.success) notFound();
  return <VmPage vmId={vmId.data} />;
}
