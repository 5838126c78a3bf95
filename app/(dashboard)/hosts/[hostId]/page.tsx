import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { HostPage } from "@/components/host/host-page";
import { t } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

interface Props {
  params: Promise<{ hostId: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: t("Host {hostId}", { hostId: (await params).hostId }) };
}

/** One host: its VMs, and the machines that can be imported. */
export default async function Page({ params }: Props) {
  const hostId = ObjectId.safeParse(Number((await params).hostId));
  if (!hostId.success) notFound();
  return <HostPage hostId={hostId.data} />;
}
