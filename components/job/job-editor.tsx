"use client";

import { useQuery } from "@tanstack/react-query";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { newSchedule } from "../schedule/schedule-values";
import { useTRPC } from "../trpc/client";
import { Skeleton } from "../ui/skeleton";
import { JobForm } from "./job-form";
import { NEW_JOB, valuesOfJob } from "./job-values";

/** A new job: empty, the nightly starter, or a copy of another one without its VMs. */
export function NewJob({ copyOf, isStarter }: { copyOf: number | null; isStarter: boolean }) {
  return (
    <>
      <PageHeader title={t("New backup job")} summary={t("Everything can be changed later.")} />
      {copyOf === null ? <FreshForm isStarter={isStarter} /> : <StoredForm jobId={copyOf} isCopy />}
    </>
  );
}

/** Change an existing job. */
export function EditJob({ jobId }: { jobId: number }) {
  return (
    <>
      <PageHeader
        title={t("Edit job {jobId}", { jobId })}
        summary={t("A run that goes on keeps its VMs; new ones wait for the next run.")}
      />
      <StoredForm jobId={jobId} isCopy={false} />
    </>
  );
}

function FreshForm({ isStarter }: { isStarter: boolean }) {
  const now = useNow();
  const trpc = useTRPC();
  const system = useQuery(trpc.system.view.queryOptions());
  const { zones } = useZone();
  if (now === 0 || system.isPending) return <Skeleton className="h-96" />;
  const starter = { name: "nightly", schedules: [newSchedule(zones.server, now)] };
  return <JobForm job={null} initial={isStarter ? { ...NEW_JOB, ...starter } : NEW_JOB} />;
}

function StoredForm({ jobId, isCopy }: { jobId: number; isCopy: boolean }) {
  const trpc = useTRPC();
  // Read once: what comes in meanwhile must not change fields under the hands of who types.
  const once = { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 };
  const job = useQuery(trpc.job.get.queryOptions({ jobId }, once));
  const schedules = useQuery(trpc.schedule.list.queryOptions({ parentType: "BACKUPJOB", parentId: jobId }, once));
  const error = job.error ?? schedules.error;
  if (error !== null)
    return <ErrorState error={error} what={t("job {jobId}", { jobId })} onRetry={() => void job.refetch()} />;
  if (job.data === undefined || schedules.data === undefined) return <Skeleton className="h-96" />;
  const values = valuesOfJob(job.data, schedules.data);
  if (!isCopy) return <JobForm job={job.data} initial={values} />;
  const copied = values.schedules
    .filter((schedule) => !schedule.isFinished)
    .map((schedule) => ({ ...schedule, scheduleId: null }));
  const initial = { ...values, name: `${values.name} copy`, vmIds: [], schedules: copied };
  // The disks that a program chose are those of the other job's VMs.
  return <JobForm job={null} initial={initial} base={{ ...job.data.settings, diskIds: null }} />;
}
