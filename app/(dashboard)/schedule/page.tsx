import type { Metadata } from "next";
import { SchedulePage } from "@/components/schedule/schedule-page";

export const metadata: Metadata = { title: "Schedule" };

/** What runs when. */
export default function Page() {
  return <SchedulePage />;
}
