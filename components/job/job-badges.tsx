"use client";

import { Check, CircleDashed, CirclePause, Hourglass, LoaderCircle, Lock, OctagonX } from "lucide-react";
import type { JobRow } from "@/server/domain/job/job";
import { useNow } from "../hooks/use-now";
import { t } from "../i18n/t";
import { Badge } from "../ui/badge";
import { openCount } from "./job-reasons";

/** What a job does now, with marks for a pause and a lock. */
export function JobBadges({ job }: { job: JobRow }) {
  const now = useNow();
  const isPaused = now !== 0 && job.pausedUntil !== null && job.pausedUntil > now;
  return (
    <span className="inline-flex flex-wrap gap-1">
      <StateBadge job={job} />
      {isPaused ? (
        <Badge tone="warning" icon={CirclePause}>
          {t("Paused")}
        </Badge>
      ) : null}
      {job.lockLevel > 0 ? (
        <Badge tone="info" icon={Lock}>
          {t("Locked")}
        </Badge>
      ) : null}
    </span>
  );
}

function StateBadge({ job }: { job: JobRow }) {
  const { counts } = job;
  const total = openCount(job) + counts.UPDATED + counts.ERROR;
  if (counts.BACKING_UP > 0) {
    return (
      <Badge tone="running" icon={LoaderCircle}>
        {t("Running {updated} of {total}", { updated: counts.UPDATED + counts.ERROR, total })}
      </Badge>
    );
  }
  if (counts.OUTDATED > 0) {
    return (
      <Badge tone="running" icon={Hourglass}>
        {t("Waiting")}
      </Badge>
    );
  }
  if (counts.ERROR > 0) {
    return (
      <Badge tone="danger" icon={OctagonX}>
        {t("{error} failed", { error: counts.ERROR })}
      </Badge>
    );
  }
  if (job.lastBackupAt === null) {
    return (
      <Badge tone="neutral" icon={CircleDashed}>
        {t("Never ran")}
      </Badge>
    );
  }
  return (
    <Badge tone="success" icon={Check}>
      {t("Up to date")}
    </Badge>
  );
}
