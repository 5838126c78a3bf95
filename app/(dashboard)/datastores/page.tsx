import type { Metadata } from "next";
import { DatastoreList } from "@/components/datastore/datastore-list";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Backup datastores" });

/** Where backups are kept. */
export default function Page() {
  return <DatastoreList />;
}
