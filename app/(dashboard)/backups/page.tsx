import type { Metadata } from "next";
import { BackupCatalogue } from "@/components/backup/backup-catalogue";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Backups" });

/** The catalogue of chains. */
export default function Page() {
  return <BackupCatalogue />;
}
