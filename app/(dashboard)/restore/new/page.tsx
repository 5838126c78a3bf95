import type { Metadata } from "next";
import { PageHeader } from "@/components/layout/page-header";
import { RestoreWizard } from "@/components/restore/wizard";

export const metadata: Metadata = { title: "Restore" };

/** The restore wizard; what it is about stands in the query. */
export default function RestorePage() {
  return (
    <>
      <PageHeader
        title="Restore"
        summary="Choose a point, read the plan, then start. Nothing is touched before that."
      />
      <RestoreWizard />
    </>
  );
}
