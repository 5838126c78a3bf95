import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { EditDatastore } from "@/components/datastore/edit-datastore";
import { t } from "@/components/i18n/t";
import { ObjectId } from "@/server/domain/ids";

interface Props {
  params: Promise<{ datastoreId: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: t("Edit datastore {datastoreId}", { datastoreId: (await params).datastoreId }) };
}

/** Change the place, the limits or the name of a backup datastore. */
export default async function Page({ params }: Props) {
  const datastoreId = ObjectId.safeParse(Number((await params).datastoreId));
  if (!datastoreId.success) notFound();
  return <EditDatastore datastoreId={datastoreId.data} />;
}
