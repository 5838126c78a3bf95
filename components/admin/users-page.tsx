"use client";

import { parseAsStringLiteral, useQueryState } from "nuqs";
import { t } from "../i18n/t";
import { PageHeader } from "../layout/page-header";
import { Tabs } from "../ui/tabs";
import { GroupsTab } from "./groups-tab";
import { RightsTab } from "./rights-tab";
import { UsersTab } from "./users-tab";

const TABS = ["users", "groups", "operations"] as const;

/** Who may sign in, the groups they are in, and which right each operation on a VM needs. */
export function UsersPage() {
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withDefault("users"));
  return (
    <>
      <PageHeader
        title={t("Users and groups")}
        summary={t(
          "What somebody may do with an object is said on the object itself, for its owner, its group and all others.",
        )}
      />
      <Tabs
        label={t("Users and groups")}
        value={tab}
        onValueChange={(next) => void setTab(next)}
        tabs={[
          { value: "users", label: t("Users"), content: <UsersTab /> },
          { value: "groups", label: t("Groups"), content: <GroupsTab /> },
          { value: "operations", label: t("VM operations"), content: <RightsTab /> },
        ]}
      />
    </>
  );
}
