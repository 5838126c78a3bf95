"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { JobDetail } from "@/server/domain/job/job";
import { policyWords } from "@/server/domain/retention-policy";
import { AccessCard } from "../access/access-card";
import { useNow } from "../hooks/use-now";
import { said } from "../i18n/said";
import { rich, t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { JobRetention } from "../retention/job-retention";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { JobActions } from "./job-actions";
import { JobBadges } from "./job-badges";
import { JobBoard } from "./job-board";
import { isEndlessPause } from "./job-reasons";
import { JobRuns } from "./job-runs";
import { JobSchedules } from "./job-schedules";

/** One job: where each of its VMs stands, its schedules, its history. */
export function JobPage({ jobId }: { jobId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.job.get.queryOptions({ jobId }));
  if (data !== undefined) return <JobView job={data} />;
  if (error !== null) {
    return (
      <div className="pt-4">
        <ErrorState error={error} what={t("job {jobId}", { jobId })} onRetry={() => void refetch()} />
      </div>
    );
  }
  return (
    <div role="status" className="space-y-4 pt-4">
      <span className="sr-only">{t("Loading the job")}</span>
      <Skeleton className="h-8 w-64" />
      <Skeleton className="h-48" />
      <Skeleton className="h-64" />
    </div>
  );
}

function JobView({ job }: { job: JobDetail }) {
  return (
    <>
      <PageHeader
        title={
          <>
            {job.name} <span className="font-normal text-muted">{t("Job {id}", { id: job.id })}</span>
          </>
        }
        badge={<JobBadges job={job} />}
        summary={<Summary job={job} />}
        actions={
          <>
            <JobActions job={job} />
            <ButtonLink href={`/jobs/${job.id}/edit`}>{t("Edit")}</ButtonLink>
          </>
        }
      />
      <PauseNotice job={job} />
      {job.error === null || job.error === "" ? null : (
        <Notice tone="danger" title={t("The last error")} className="mb-4">
          {said(job.error)}
        </Notice>
      )}
      <JobBoard job={job} />
      <div className="mt-4 grid items-start gap-4 lg:grid-cols-[2fr_1fr]">
        <div className="grid min-w-0 gap-4">
          <Card title={t("Runs")} isFlush>
            <JobRuns runs={job.runs} />
          </Card>
          <Card title={t("What retention does")}>
            <JobRetention
              vms={job.members.map((member) => ({ id: member.vmId, name: member.vmName }))}
              policy={{ keepLast: job.keepLast, gfs: job.settings.policy.gfs, mode: job.settings.mode }}
            />
          </Card>
        </div>
        <div className="grid min-w-0 gap-4">
          <Card title={t("Schedules")}>
            <JobSchedules jobId={job.id} />
          </Card>
          <Card title={t("Settings")}>
            <SettingFacts job={job} />
          </Card>
        </div>
      </div>
      <div className="mt-4">
        <AccessCard kind="job" id={job.id} name={job.name} />
      </div>
    </>
  );
}

function Summary({ job }: { job: JobDetail }) {
  return (
    <>
      {job.nextRunAt === null ? (
        t("No run is planned. ")
      ) : (
        <>{rich("Next run: {nextRunAt}.", { nextRunAt: <Time at={job.nextRunAt} /> })} </>
      )}
      {t(
        "{vmCount, plural, one {1 VM} other {{vmCount} VMs}} to {datastoreName}, {isSequential, select, yes {one after the other} other {at the same time}}.",
        {
          vmCount: job.vmCount,
          datastoreName: job.datastoreName ?? t("no datastore yet"),
          isSequential: job.execution === "SEQUENTIAL" ? "yes" : "no",
        },
      )}
    </>
  );
}

function PauseNotice({ job }: { job: JobDetail }) {
  const now = useNow();
  if (now === 0 || job.pausedUntil === null || job.pausedUntil <= now) return null;
  return (
    <Notice tone="warning" title={t("This job is paused")} className="mb-4">
      {isEndlessPause(job.pausedUntil, now) ? (
        t("Nothing of it begins until somebody resumes it.")
      ) : (
        <>{rich("Nothing of it begins before {pausedUntil}.", { pausedUntil: <Time at={job.pausedUntil} /> })}</>
      )}
    </Notice>
  );
}

function SettingFacts({ job }: { job: JobDetail }) {
  const { settings } = job;
  const { policy } = settings;
  const chains = [
    policy.newChain.everyRuns > 0 ? t("every {everyRuns} runs", { everyRuns: policy.newChain.everyRuns }) : null,
    policy.newChain.everyDays > 0 ? t("every {everyDays} days", { everyDays: policy.newChain.everyDays }) : null,
  ].filter((text) => text !== null);
  return (
    <Facts
      items={[
        {
          label: t("Datastore"),
          value:
            job.datastoreId === null ? (
              t("None: runs fail")
            ) : (
              <Link className="text-primary underline underline-offset-2" href={`/datastores/${job.datastoreId}`}>
                {job.datastoreName ?? t("Datastore {datastoreId}", { datastoreId: job.datastoreId })}
              </Link>
            ),
        },
        { label: t("Mode"), value: settings.mode === "FULL" ? t("Full each time") : t("Increments") },
        { label: t("Keep"), value: policyWords({ keepLast: settings.keepLast, gfs: policy.gfs }) },
        { label: t("Priority"), value: job.priority },
        {
          label: t("Retries"),
          value:
            policy.retries.count === 0
              ? t("None by itself")
              : t("{count}, first after {waitMinutes} min", {
                  count: policy.retries.count,
                  waitMinutes: policy.retries.waitMinutes,
                }),
        },
        {
          label: t("New chain"),
          value: settings.reset ? t("Every run") : chains.length === 0 ? t("Never") : chains.join(", "),
        },
        { label: "RPO", value: policy.rpoMinutes === null ? t("None") : `${policy.rpoMinutes / 60} h` },
        {
          label: t("Left out"),
          value:
            policy.exclusions.length === 0
              ? t("No VM")
              : policy.exclusions
                  .map((one) => t("VM {vmId} ({reason})", { vmId: one.vmId, reason: one.reason }))
                  .join(", "),
        },
        {
          label: t("Owner"),
          value: t("{ownerName}, group {groupName}", { ownerName: job.ownerName, groupName: job.groupName }),
        },
      ]}
    />
  );
}
