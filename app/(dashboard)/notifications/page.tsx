import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { NotificationsPage } from "@/components/notification/notifications-page";

export const metadata: Metadata = words({ title: "Notifications" });

/** Who is told what, and whether it arrived. */
export default function Page() {
  return <NotificationsPage />;
}
