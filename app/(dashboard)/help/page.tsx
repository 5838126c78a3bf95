import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { HelpPage } from "@/components/layout/help-page";

export const metadata: Metadata = words({ title: "Help" });

/** Words, rules and keys: help that needs no network. */
export default function Page() {
  return <HelpPage />;
}
