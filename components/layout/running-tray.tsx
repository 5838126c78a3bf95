"use client";

import { useQuery } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { ActionProgress } from "../action/action-progress";
import { actionTitle } from "../action/action-title";
import { CancelAction } from "../action/cancel-action";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Popover } from "../ui/popover";

const SHOWN = 8;

/** What runs and waits now, reachable from every page: count, small bars, cancel. */
export function RunningTray() {
  const trpc = useTRPC();
  const running = useQuery(trpc.action.list.queryOptions({ state: "RUNNING", limit: SHOWN }));
  const queued = useQuery(trpc.action.list.queryOptions({ state: "PENDING", limit: SHOWN }));
  const runningCount = running.data?.total ?? 0;
  const queuedCount = queued.data?.total ?? 0;
  const rows = [...(running.data?.rows ?? []), ...(queued.data?.rows ?? [])].slice(0, SHOWN);
  return (
    <Popover
      title={t("Running work")}
      trigger={
        <Button
          variant="ghost"
          size="sm"
          aria-label={t("Running work: {runningCount} running, {queuedCount} queued", { runningCount, queuedCount })}
        >
          <LoaderCircle aria-hidden className={runningCount > 0 ? "animate-spin text-running" : "text-muted"} />
          {runningCount + queuedCount}
        </Button>
      }
    >
      {rows.length === 0 ? <p className="text-muted">{t("Nothing is running or waiting.")}</p> : null}
      <ul className="space-y-3">
        {rows.map((action) => (
          <TrayItem key={action.id} action={action} />
        ))}
      </ul>
      <ButtonLink href="/activity" size="sm" className="mt-3 w-full">
        {t("All activity")}
      </ButtonLink>
    </Popover>
  );
}

function TrayItem({ action }: { action: ActionRow }) {
  return (
    <li>
      <div className="mb-1 flex items-center justify-between gap-2">
        <Link href={`/activity/${action.id}`} className="min-w-0 truncate font-medium text-primary hover:underline">
          {actionTitle(action)}
        </Link>
        <CancelAction action={action} size="sm" />
      </div>
      <ActionProgress action={action} />
    </li>
  );
}
