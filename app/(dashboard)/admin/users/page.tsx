import type { Metadata } from "next";
import { UsersPage } from "@/components/admin/users-page";
import { words } from "@/components/i18n/t";

export const metadata: Metadata = words({ title: "Users and groups" });

/** Accounts, groups and rights. */
export default function Page() {
  return <UsersPage />;
}
