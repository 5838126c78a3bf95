import type { Metadata } from "next";
import { UsersPage } from "@/components/admin/users-page";

export const metadata: Metadata = { title: "Users and groups" };

/** Accounts, groups and rights. */
export default function Page() {
  return <UsersPage />;
}
