import type { Metadata } from "next";
import { HelpPage } from "@/components/layout/help-page";

export const metadata: Metadata = { title: "Help" };

/** Words, rules and keys: help that needs no network. */
export default function Page() {
  return <HelpPage />;
}
