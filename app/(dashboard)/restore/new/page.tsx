import type { Metadata } from "next";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";
import { RestoreWizard } from "@/components/restore/wizard";

export const metadata: Metadata = words({ title: "Restore" });

/** The restore wizard; what it is about stands in the query. */
export default function RestorePage() {
  return (
    <>
      <PageHeader
        title={t("Restore")}
        summary={t("Choose a point, read the plan, then start. Nothing is touched before that.")}
      />
      <RestoreWizard />
    </>
  );
}
