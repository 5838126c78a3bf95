"use client";

import { DRAFT_JOB_ID, type SimulateInput } from "@/server/domain/schedule/simulate-input";
import type { SimRun } from "@/server/domain/schedule/simulation";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatDuration, formatShortDateTime } from "../lib/format";
import { ConflictList } from "../schedule/conflict-list";
import { readSchedule } from "../schedule/schedule-values";
import { useSimulation } from "../schedule/use-simulation";
import { Skeleton } from "../ui/skeleton";
import { type JobValues, selectionOf } from "./job-values";

const DAYS = 14;
const RUNS_SHOWN = 10;

/** What the job that is being written would do: its next runs, when they end, and what gets in its way. */
export function SimulationPanel({ jobId, values }: { jobId: number | null; values: JobValues }) {
  const now = useNow();
  const { zone } = useZone();
  const minute = now - (now % 60_000);
  const input = now === 0 ? null : draftOf(jobId, values, minute);
  const { data, error, refetch, isPlaceholderData } = useSimulation(input);
  if (now !== 0 && input === null)
    return <p className="text-muted">{t("It appears when the schedules are complete.")}</p>;
  if (input?.draft?.schedules?.length === 0)
    return <p className="text-muted">{t("Without a schedule nothing is planned.")}</p>;
  if (data === undefined) {
    if (error !== null) return <ErrorState error={error} what={t("the simulation")} onRetry={() => void refetch()} />;
    return <Skeleton className="h-32" />;
  }
  const id = jobId ?? DRAFT_JOB_ID;
  const isOfJob = (one: { parentType: string; parentId: number }) =>
    one.parentType === "BACKUPJOB" && one.parentId === id;
  const runs = data.runs.filter(isOfJob);
  return (
    <div className="grid gap-3" aria-busy={isPlaceholderData} data-testid="job-simulation">
      <p role="status">
        {runs.length === 0
          ? t("Nothing of this job runs in the next {days} days.", { days: DAYS })
          : t("{runsCount, plural, one {One run} other {{runsCount} runs}} in the next {days} days.", {
              runsCount: runs.length,
              days: DAYS,
            })}
      </p>
      <ConflictList conflicts={data.conflicts.filter(isOfJob)} zone={zone} now={now} hasLinks={false} />
      <ol className="divide-y divide-line">
        {runs.slice(0, RUNS_SHOWN).map((run) => (
          <li key={`${run.scheduleId}-${run.at}`} className="flex flex-wrap gap-x-3 py-1.5">
            <span className="font-medium tabular-nums">{formatShortDateTime(run.at, zone, now)}</span>
            <span className="text-muted">{foretold(run, zone, now)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function foretold(run: SimRun, zone: string, now: number): string {
  const vms = t("{backupCount, plural, one {1 VM} other {{backupCount} VMs}}", { backupCount: run.backupCount });
  if (run.endsAt === null) return t("{vms}; its end is beyond what was simulated", { vms });
  const late =
    run.lateEndsAt === null || run.lateEndsAt === run.endsAt
      ? ""
      : t(", at the latest about {lateEndsAt}", { lateEndsAt: formatShortDateTime(run.lateEndsAt, zone, now) });
  const length = formatDuration(run.endsAt - (run.beginsAt ?? run.at));
  const guess = run.isGuess ? t("; some lengths are guesses, for nothing was backed up there yet") : "";
  return run.backupCount === 0
    ? t("no VM takes part")
    : t("{vms}, ends about {endsAt} ({length}){late}{guess}", {
        vms,
        endsAt: formatShortDateTime(run.endsAt, zone, now),
        length,
        late,
        guess,
      });
}

/** Null while a schedule is not complete. */
function draftOf(jobId: number | null, values: JobValues, now: number): SimulateInput | null {
  const schedules = values.schedules.flatMap((one) => {
    if (one.isFinished) return [];
    const { input } = readSchedule(one, now);
    return [input === null ? null : { scheduleId: one.scheduleId, schedule: input }];
  });
  const complete = schedules.filter((one) => one !== null);
  if (complete.length < schedules.length) return null;
  const priority = Number(values.priority);
  const isPriority = Number.isInteger(priority) && priority >= 0 && priority <= 99;
  return {
    days: DAYS,
    draft: {
      ...{ jobId, name: values.name.trim().slice(0, 128) || "This job", execution: values.execution },
      ...{ priority: isPriority ? priority : 50, datastoreId: values.datastoreId, vmIds: values.vmIds },
      selection: selectionOf(values),
      exclusions: values.exclusions.flatMap(({ vmId }) => (vmId >= 0 ? [{ vmId }] : [])),
      schedules: complete,
    },
  };
}
