import type { Metadata } from "next";
import { DatastoreList } from "@/components/datastore/datastore-list";

export const metadata: Metadata = { title: "Backup datastores" };

/** Where backups are kept. */
export default function Page() {
  return <DatastoreList />;
}
