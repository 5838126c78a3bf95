import type { Metadata } from "next";
import { DatastoreForm } from "@/components/datastore/datastore-form";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Add a datastore" };

/** Add a place that keeps backups or disks; `?driver=` chooses the form. */
export default async function Page({ searchParams }: { searchParams: Promise<Record<string, string | string[]>> }) {
  const { driver } = await searchParams;
  return (
    <>
      <PageHeader
        title="Add a datastore"
        summary="A folder on this machine or on another one, reached over SSH; or a Ceph pool for disks."
      />
      <DatastoreForm initialDriver={driver === "restic" || driver === "ceph" ? driver : "rsync"} />
    </>
  );
}
