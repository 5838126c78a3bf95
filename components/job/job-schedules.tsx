"use client";

import { useQuery } from "@tanstack/react-query";
import { describeRule } from "@/components/schedule/rule-words";
import { rich, t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { useTRPC } from "../trpc/client";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";

/** When a job runs by itself, in words, with the next time of each schedule and its last error. */
export function JobSchedules({ jobId }: { jobId: number }) {
  const trpc = useTRPC();
  const { data, error, isPending, refetch } = useQuery(
    trpc.schedule.list.queryOptions({ parentType: "BACKUPJOB", parentId: jobId }),
  );
  if (isPending) return <Skeleton className="h-12" />;
  if (error !== null) return <ErrorState error={error} what={t("the schedules")} onRetry={() => void refetch()} />;
  if (data.length === 0) return <p className="text-muted">{t("No schedule: this job runs when somebody runs it.")}</p>;
  return (
    <ul className="space-y-3">
      {data.map((schedule) => (
        <li key={schedule.id}>
          <p className="font-medium first-letter:uppercase">{describeRule(schedule.rule)}</p>
          <p className="text-sm text-muted">
            {schedule.rule.time > schedule.done ? (
              <>{rich("Next: {time}", { time: <Time at={schedule.rule.time * 1000} /> })}</>
            ) : (
              t("Finished")
            )}
          </p>
          {schedule.message === "" ? null : <p className="text-danger">{schedule.message}</p>}
        </li>
      ))}
    </ul>
  );
}
