import type { Metadata } from "next";
import { DatastoreForm } from "@/components/datastore/datastore-form";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = words({ title: "Add a datastore" });

/** Add a place that keeps backups or disks; `?driver=` chooses the form. */
export default async function Page({ searchParams }: { searchParams: Promise<Record<string, string | string[]>> }) {
  const { driver } = await searchParams;
  return (
    <>
      <PageHeader
        title={t("Add a datastore")}
        summary={t("A folder on this machine or on another one, reached over SSH; or a Ceph pool for disks.")}
      />
      <DatastoreForm initialDriver={driver === "restic" || driver === "ceph" ? driver : "rsync"} />
    </>
  );
}
