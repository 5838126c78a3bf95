"use client";

import { useQuery } from "@tanstack/react-query";
import type { ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { useAnnouncedProgress } from "../hooks/use-announced-progress";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { formatBytes } from "../lib/format";
import { ActionStateBadge } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { ActionLog } from "./action-log";
import { actionTitle } from "./action-title";
import { CancelAction } from "./cancel-action";
import { actionPercent } from "./progress-text";
import { RetryAction, retryReason } from "./retry-action";
import { RunAttempts } from "./run-attempts";
import { RunBeforeCard } from "./run-before";
import { RunFacts } from "./run-facts";
import { RunNotices } from "./run-notices";
import { RunProgress } from "./run-progress";
import { RunResult } from "./run-result";

/** One run: what it does or did, phase by phase, what it made, and its log. Live until it is over. */
export function RunPage({ actionId }: { actionId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.action.get.queryOptions({ actionId }));
  if (data === undefined) {
    return (
      <>
        <PageHeader title={t("Run {actionId}", { actionId })} />
        {error === null ? <Skeleton className="h-64 w-full rounded-card" /> : null}
        {error === null ? null : (
          <ErrorState error={error} what={t("run {actionId}", { actionId })} onRetry={() => void refetch()} />
        )}
      </>
    );
  }
  return <Run action={data} />;
}

function Run({ action }: { action: ActionRow }) {
  const title = actionTitle(action);
  useAnnouncedProgress(title, actionPercent(action));
  const canRetry = retryReason(action) === null;
  return (
    <>
      <PageHeader
        title={title}
        badge={<ActionStateBadge action={action} />}
        summary={summaryOf(action)}
        actions={
          <>
            <CancelAction action={action} />
            {canRetry ? <RetryAction actionId={action.id} label={title} /> : null}
          </>
        }
      />
      <div className="grid gap-4">
        <RunNotices action={action} />
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <div className="grid min-w-0 gap-4">
            <RunProgress action={action} />
            <ActionLog actionId={action.id} isOver={isFinal(action.state)} />
          </div>
          <div className="grid gap-4">
            <RunResult action={action} />
            <RunAttempts action={action} />
            <RunBeforeCard action={action} />
            <Card title={t("About this run")}>
              <RunFacts action={action} />
            </Card>
          </div>
        </div>
      </div>
    </>
  );
}

function summaryOf(action: ActionRow): string {
  switch (action.state) {
    case "PENDING":
      return t("It waits for its turn and starts by itself.");
    case "RUNNING":
      return action.isCancelling ? t("Cancel was asked for; it stops at the next safe place.") : t("It is working.");
    case "DONE": {
      const how = action.warnings.length === 0 ? t("It ended well") : t("It ended with warnings");
      return action.bytes === null ? `${how}.` : `${how}: ${formatBytes(action.bytes)} ${bytesWord(action)}.`;
    }
    case "FAILED":
      return t("It ended without success. The reason and the way on are below.");
    case "CANCELLED":
      return t("It was cancelled on request.");
  }
}

function bytesWord(action: ActionRow): string {
  if (action.kind === "verify") return t("read");
  if (action.kind === "orphan-remove") return t("removed");
  if (action.kind === "catalogue-import") return t("read in");
  return action.kind === "restore" || action.kind === "restore-in-place" ? t("restored") : t("stored");
}
