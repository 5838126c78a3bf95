import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { SchedulePage } from "@/components/schedule/schedule-page";

export const metadata: Metadata = words({ title: "Schedule" });

/** What runs when. */
export default function Page() {
  return <SchedulePage />;
}
