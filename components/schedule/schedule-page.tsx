"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarDays } from "lucide-react";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { findConflicts } from "@/server/domain/schedule/load";
import { useMediaQuery } from "../hooks/use-media-query";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { formatShortDateTime } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Tabs } from "../ui/tabs";
import { daysFrom, monthOf } from "./calendar";
import { LoadStrip } from "./load-strip";
import { PauseAll, PausedNotice } from "./pause-all";
import { Agenda, MonthView, WeekView } from "./planned-runs";

const VIEWS = ["agenda", "week", "month"] as const;
const DAYS_SHOWN = 14;

/** What runs when: for everybody what they may see, with what will go wrong. */
export function SchedulePage() {
  const now = useNow();
  return (
    <>
      <PageHeader
        title="Schedule"
        summary="What will run by itself, how many backups at once, and where two get in each other's way."
        actions={<PauseAll />}
      />
      <PausedNotice />
      {now === 0 ? <Skeleton className="h-96" /> : <Planned now={now} />}
    </>
  );
}

function Planned({ now }: { now: number }) {
  const trpc = useTRPC();
  const { zone } = useZone();
  const [view, setView] = useQueryState("view", parseAsStringLiteral(VIEWS).withDefault("agenda"));
  const isPhone = useMediaQuery("(width < 768px)");
  const settings = useQuery(trpc.system.settings.queryOptions());
  // The same question all day long: the list does not jump with each second.
  const days = daysFrom(now, zone, DAYS_SHOWN);
  const weeks = monthOf(now, zone);
  const from = days[0]?.from ?? now;
  const to = Math.max(days.at(-1)?.to ?? now, weeks.at(-1)?.at(-1)?.to ?? now);
  const planned = useQuery(
    trpc.schedule.planned.queryOptions({ from, to }, { placeholderData: keepPreviousData, refetchInterval: 60_000 }),
  );
  if (planned.error !== null) {
    return <ErrorState error={planned.error} what="the schedule" onRetry={() => void planned.refetch()} />;
  }
  if (planned.data === undefined) return <Skeleton className="h-96" />;
  const { runs, isCut } = planned.data;
  if (runs.length === 0) {
    return (
      <Card>
        <EmptyState
          icon={CalendarDays}
          title="No schedules"
          actions={
            <ButtonLink href="/jobs/new?starter=nightly" variant="primary">
              Start with a nightly job
            </ButtonLink>
          }
        >
          Schedules belong to a backup job, or to a single VM (its tab Schedules).
        </EmptyState>
      </Card>
    );
  }
  const maxBackups = settings.data?.limits.maxBackups ?? 0;
  const week = { from, to: days[6]?.to ?? to };
  const month = monthName(weeks);
  return (
    <div className="grid gap-4">
      {isCut ? <Notice tone="info">The first 2,000 runs are shown.</Notice> : null}
      <Conflicts conflicts={findConflicts(runs, { maxBackups })} zone={zone} now={now} />
      <Card title="Backups at once, the coming seven days">
        <LoadStrip runs={runs} range={week} maxBackups={maxBackups} zone={zone} />
      </Card>
      <Tabs
        label="Views of the schedule"
        value={view}
        onValueChange={(next) => void setView(next)}
        tabs={[
          { value: "agenda", label: "Agenda", content: <Agenda runs={runs} zone={zone} days={days} /> },
          {
            value: "week",
            label: "Week",
            content: isPhone ? (
              <Agenda runs={runs} zone={zone} days={days.slice(0, 7)} />
            ) : (
              <WeekView runs={runs} zone={zone} days={days} />
            ),
          },
          {
            value: "month",
            label: "Month",
            content: isPhone ? (
              <Agenda runs={runs} zone={zone} days={weeks.flat()} />
            ) : (
              <MonthView runs={runs} zone={zone} weeks={weeks} month={month} />
            ),
          },
        ]}
      />
    </div>
  );
}

/** `2026-11` of the month that the weeks are about: the second week is wholly inside it. */
function monthName(weeks: readonly { date: string }[][]): string {
  return (weeks[1]?.[0]?.date ?? "").slice(0, 7);
}

function Conflicts(props: { conflicts: ReturnType<typeof findConflicts>; zone: string; now: number }) {
  const { conflicts, zone, now } = props;
  if (conflicts.length === 0) return null;
  const many = conflicts.length === 1 ? "One conflict" : `${conflicts.length} conflicts`;
  return (
    <Notice tone="warning" title={`${many} by the usual length of past runs`}>
      <ul className="list-disc ps-5">
        {conflicts.slice(0, 8).map((conflict) => (
          <li key={`${conflict.kind}-${conflict.parentId}-${conflict.at}`}>
            {formatShortDateTime(conflict.at, zone, now)}: {conflict.text}{" "}
            <Link
              className="text-primary underline underline-offset-2"
              href={
                conflict.parentType === "BACKUPJOB" ? `/jobs/${conflict.parentId}/edit` : `/vms/${conflict.parentId}`
              }
            >
              Change it
            </Link>
          </li>
        ))}
      </ul>
      {conflicts.length > 8 ? <p>And {conflicts.length - 8} more.</p> : null}
    </Notice>
  );
}
