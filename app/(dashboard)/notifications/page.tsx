import type { Metadata } from "next";
import { NotificationsPage } from "@/components/notification/notifications-page";

export const metadata: Metadata = { title: "Notifications" };

/** Who is told what, and whether it arrived. */
export default function Page() {
  return <NotificationsPage />;
}
