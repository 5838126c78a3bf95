import type { Metadata } from "next";
import { ActionTable } from "@/components/action/action-table";
import { PageHeader } from "@/components/layout/page-header";

export const metadata: Metadata = { title: "Activity" };

/** Everything that runs or ran. */
export default function Page() {
  return (
    <>
      <PageHeader title="Activity" summary="Every run with its phase, progress and outcome. The history is kept." />
      <ActionTable />
    </>
  );
}
