"use client";

import Link from "next/link";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatDuration } from "../lib/format";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Time } from "../ui/time";
import { useNextRuns } from "./use-next-runs";

const SHOWN = 6;

/** The next runs of the schedules, with how long they took of late. */
export function NextRuns() {
  const { runs, error, refetch } = useNextRuns();
  return (
    <Card
      title={t("Next")}
      actions={
        <ButtonLink href="/schedule" size="sm">
          {t("Schedule")}
        </ButtonLink>
      }
    >
      {error === null ? null : <ErrorState error={error} what={t("the coming runs")} onRetry={() => void refetch()} />}
      {runs?.length === 0 ? (
        <p className="text-muted">
          {t("Nothing is planned for the coming seven days. A backup job with a schedule runs by itself.")}
        </p>
      ) : null}
      <ul className="divide-y divide-line">
        {runs?.slice(0, SHOWN).map((run) => (
          <li
            key={`${run.scheduleId} ${run.at}`}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2"
          >
            <Link
              href={run.parentType === "VM" ? `/vms/${run.parentId}?tab=schedules` : `/jobs/${run.parentId}`}
              className="min-w-0 font-medium wrap-anywhere text-primary underline-offset-2 hover:underline"
            >
              {run.parentName}
            </Link>
            <span className="text-end text-sm">
              <Time at={run.at} short />
              <span className="block text-muted">
                {run.medianMs === null
                  ? t("length not known yet")
                  : t("about {medianMs}", { medianMs: formatDuration(run.medianMs) })}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
