"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { JobDetail } from "@/server/domain/job/job";
import { policyWords } from "@/server/domain/retention-policy";
import { AccessCard } from "../access/access-card";
import { useNow } from "../hooks/use-now";
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
        <ErrorState error={error} what={`job ${jobId}`} onRetry={() => void refetch()} />
      </div>
    );
  }
  return (
    <div role="status" className="space-y-4 pt-4">
      <span className="sr-only">Loading the job</span>
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
            {job.name} <span className="font-normal text-muted">Job {job.id}</span>
          </>
        }
        badge={<JobBadges job={job} />}
        summary={<Summary job={job} />}
        actions={
          <>
            <JobActions job={job} />
            <ButtonLink href={`/jobs/${job.id}/edit`}>Edit</ButtonLink>
          </>
        }
      />
      <PauseNotice job={job} />
      {job.error === null || job.error === "" ? null : (
        <Notice tone="danger" title="The last error" className="mb-4">
          {job.error}
        </Notice>
      )}
      <JobBoard job={job} />
      <div className="mt-4 grid items-start gap-4 lg:grid-cols-[2fr_1fr]">
        <div className="grid min-w-0 gap-4">
          <Card title="Runs" isFlush>
            <JobRuns runs={job.runs} />
          </Card>
          <Card title="What retention does">
            <JobRetention
              vms={job.members.map((member) => ({ id: member.vmId, name: member.vmName }))}
              policy={{ keepLast: job.keepLast, gfs: job.settings.policy.gfs, mode: job.settings.mode }}
            />
          </Card>
        </div>
        <div className="grid min-w-0 gap-4">
          <Card title="Schedules">
            <JobSchedules jobId={job.id} />
          </Card>
          <Card title="Settings">
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
        "No run is planned. "
      ) : (
        <>
          Next run: <Time at={job.nextRunAt} />.{" "}
        </>
      )}
      {job.vmCount === 1 ? "1 VM" : `${job.vmCount} VMs`} to {job.datastoreName ?? "no datastore yet"},{" "}
      {job.execution === "SEQUENTIAL" ? "one after the other" : "at the same time"}.
    </>
  );
}

function PauseNotice({ job }: { job: JobDetail }) {
  const now = useNow();
  if (now === 0 || job.pausedUntil === null || job.pausedUntil <= now) return null;
  return (
    <Notice tone="warning" title="This job is paused" className="mb-4">
      {isEndlessPause(job.pausedUntil, now) ? (
        "Nothing of it begins until somebody resumes it."
      ) : (
        <>
          Nothing of it begins before <Time at={job.pausedUntil} />.
        </>
      )}
    </Notice>
  );
}

function SettingFacts({ job }: { job: JobDetail }) {
  const { settings } = job;
  const { policy } = settings;
  const chains = [
    policy.newChain.everyRuns > 0 ? `every ${policy.newChain.everyRuns} runs` : null,
    policy.newChain.everyDays > 0 ? `every ${policy.newChain.everyDays} days` : null,
  ].filter((text) => text !== null);
  return (
    <Facts
      items={[
        {
          label: "Datastore",
          value:
            job.datastoreId === null ? (
              "None: runs fail"
            ) : (
              <Link className="text-primary underline underline-offset-2" href={`/datastores/${job.datastoreId}`}>
                {job.datastoreName ?? `Datastore ${job.datastoreId}`}
              </Link>
            ),
        },
        { label: "Mode", value: settings.mode === "FULL" ? "Full each time" : "Increments" },
        { label: "Keep", value: policyWords({ keepLast: settings.keepLast, gfs: policy.gfs }) },
        { label: "Priority", value: job.priority },
        {
          label: "Retries",
          value:
            policy.retries.count === 0
              ? "None by itself"
              : `${policy.retries.count}, first after ${policy.retries.waitMinutes} min`,
        },
        { label: "New chain", value: settings.reset ? "Every run" : chains.length === 0 ? "Never" : chains.join(", ") },
        { label: "RPO", value: policy.rpoMinutes === null ? "None" : `${policy.rpoMinutes / 60} h` },
        {
          label: "Left out",
          value:
            policy.exclusions.length === 0
              ? "No VM"
              : policy.exclusions.map((one) => `VM ${one.vmId} (${one.reason})`).join(", "),
        },
        { label: "Owner", value: `${job.ownerName}, group ${job.groupName}` },
      ]}
    />
  );
}
