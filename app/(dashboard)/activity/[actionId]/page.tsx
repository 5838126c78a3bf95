import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { RunPage } from "@/components/action/run-page";
import { t } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

interface Props {
  params: Promise<{ actionId: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: t("Run {actionId}", { actionId: (await params).actionId }) };
}

/** One run, live or from history; for a restore this is its live page. */
export default async function Page({ params }: Props) {
  const actionId = ObjectId.safeParse(Number((await params).actionId));
  if (!actionId.success) notFound();
  return <RunPage actionId={actionId.data} />;
}
