import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { SettingsPage } from "@/components/settings/settings-page";

export const metadata: Metadata = words({ title: "System settings" });

/** Limits and pauses of the whole system. */
export default function Page() {
  return <SettingsPage />;
}
