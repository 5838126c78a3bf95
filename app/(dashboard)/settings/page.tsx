import type { Metadata } from "next";
import { SettingsPage } from "@/components/settings/settings-page";

export const metadata: Metadata = { title: "System settings" };

/** Limits and pauses of the whole system. */
export default function Page() {
  return <SettingsPage />;
}
