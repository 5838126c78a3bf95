import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { DatastorePage } from "@/components/datastore/datastore-page";
import { t } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

interface Props {
  params: Promise<{ datastoreId: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: t("Datastore {datastoreId}", { datastoreId: (await params).datastoreId }) };
}

/** One backup datastore: capacity, contents, attributes. */
export default async function Page({ params }: Props) {
  const datastoreId = ObjectId.safeParse(Number((await params).datastoreId));
  if (!datastoreId.success) notFound();
  return <DatastorePage datastoreId={datastoreId.data} />;
}
