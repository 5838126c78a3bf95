"use client";

import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { ActionProgress } from "../action/action-progress";
import { actionTitle } from "../action/action-title";
import { CancelAction } from "../action/cancel-action";
import { actionPercent } from "../action/progress-text";
import { useAnnouncedProgress } from "../hooks/use-announced-progress";
import { t } from "../i18n/t";
import { Card } from "../ui/card";

/** What runs or waits, with bars and cancel. */
export function RunningNow({ actions }: { actions: readonly ActionRow[] }) {
  return (
    <Card title={t("Running now")}>
      {actions.length === 0 ? <p className="text-muted">{t("Nothing is running.")}</p> : null}
      <ul className="space-y-4">
        {actions.map((action) => (
          <RunningItem key={action.id} action={action} />
        ))}
      </ul>
    </Card>
  );
}

function RunningItem({ action }: { action: ActionRow }) {
  useAnnouncedProgress(actionTitle(action), actionPercent(action));
  return (
    <li>
      <div className="mb-1.5 flex items-center justify-between gap-2">
        <Link
          href={`/activity/${action.id}`}
          className="min-w-0 truncate font-medium text-primary underline-offset-2 hover:underline"
        >
          {actionTitle(action)}
        </Link>
        <CancelAction action={action} size="sm" />
      </div>
      <ActionProgress action={action} />
    </li>
  );
}
