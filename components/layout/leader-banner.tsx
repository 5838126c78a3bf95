"use client";

import { useQuery } from "@tanstack/react-query";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Notice } from "../ui/notice";

/** A leader that dies says nothing: it has to be asked for. With the six seconds of a lease it is told within ten. */
const ASK_EVERY_MS = 4_000;

/** Tells on top of the page that nothing begins, because no node leads. */
export function LeaderBanner() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.view.queryOptions(undefined, { refetchInterval: ASK_EVERY_MS }));
  if (data === undefined || data.leader !== null) return null;
  return (
    <Notice tone="danger" title={t("No node leads: nothing begins")} className="mt-4" isAlert>
      {t(
        "Schedules, jobs and queued runs wait until a node takes the lead, which takes some seconds. If this stays, look whether the nodes run and reach the database.",
      )}
    </Notice>
  );
}
