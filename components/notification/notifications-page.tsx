"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { useTRPC } from "../trpc/client";
import { Skeleton } from "../ui/skeleton";
import { Tabs } from "../ui/tabs";
import { ChannelsTab } from "./channels-tab";
import { LogTab } from "./log-tab";
import { RulesTab } from "./rules-tab";

const TABS = ["channels", "rules", "log"] as const;

/** Where messages go, what goes there, and whether it arrived. */
export function NotificationsPage() {
  const trpc = useTRPC();
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withDefault("channels"));
  const { data, error, refetch } = useQuery(trpc.notification.view.queryOptions());
  return (
    <>
      <PageHeader
        title={t("Notifications")}
        summary={t(
          "Failures and alarms by mail or to a webhook. A message is sent at least once; after a crash it may come twice.",
        )}
      />
      {error !== null && data === undefined ? (
        <ErrorState error={error} what={t("notifications")} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-60 rounded-card" />
      ) : (
        <Tabs
          label={t("Notifications")}
          value={tab}
          onValueChange={(next) => void setTab(next)}
          tabs={[
            {
              value: "channels",
              label: t("Channels"),
              content: <ChannelsTab channels={data.channels} settings={data.settings} />,
            },
            { value: "rules", label: t("Rules"), content: <RulesTab rules={data.rules} channels={data.channels} /> },
            { value: "log", label: t("Delivery log"), content: <LogTab /> },
          ]}
        />
      )}
    </>
  );
}
