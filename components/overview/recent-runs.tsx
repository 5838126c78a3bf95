"use client";

import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { actionTitle } from "../action/action-title";
import { t } from "../i18n/t";
import { ActionStateBadge } from "../state-badge";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Time } from "../ui/time";

/** The last runs that ended. */
export function RecentRuns({ actions }: { actions: readonly ActionRow[] }) {
  return (
    <Card
      title={t("Recent runs")}
      actions={
        <ButtonLink href="/activity" size="sm">
          {t("All activity")}
        </ButtonLink>
      }
    >
      {actions.length === 0 ? <p className="text-muted">{t("Nothing has run yet.")}</p> : null}
      <ul className="divide-y divide-line">
        {actions.map((action) => (
          <li key={action.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2">
            <Link
              href={`/activity/${action.id}`}
              className="min-w-0 font-medium wrap-anywhere text-primary underline-offset-2 hover:underline"
            >
              {actionTitle(action)}
            </Link>
            <span className="flex items-center gap-3">
              <Time at={action.endedAt ?? action.createdAt} short />
              <ActionStateBadge action={action} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
