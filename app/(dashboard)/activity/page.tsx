import type { Metadata } from "next";
import { ActionTable } from "@/components/action/action-table";
import { t, words } from "@/components/i18n/t";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = words({ title: "Activity" });

/** Everything that runs or ran. */
export default function Page() {
  return (
    <>
      <PageHeader
        title={t("Activity")}
        summary={t("Every run with its phase, progress and outcome. The history is kept.")}
      />
      <ActionTable />
    </>
  );
}
