import type { Metadata } from "next";
import { BackupTable } from "@/components/backup/backup-table";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Backups" };

/** The catalogue of chains. */
export default function BackupsPage() {
  return (
    <>
      <PageHeader title="Backups" summary="Every chain and full backup, also of machines that are gone." />
      <BackupTable />
    </>
  );
}
