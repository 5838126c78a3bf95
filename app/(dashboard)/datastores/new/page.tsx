import type { Metadata } from "next";
import { DatastoreForm } from "@/components/datastore/datastore-form";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Add a backup datastore" };

/** Add a place that keeps backups. */
export default function Page() {
  return (
    <>
      <PageHeader
        title="Add a backup datastore"
        summary="A folder on this machine or on another one, reached over SSH."
      />
      <DatastoreForm />
    </>
  );
}
