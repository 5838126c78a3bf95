"use client";

import { useQuery } from "@tanstack/react-query";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import { parseAsInteger, parseAsStringLiteral, useQueryState } from "nuqs";
import { type ReactNode, useState } from "react";
import type { SimulationView } from "@/server/domain/schedule/simulate-input";
import { useMediaQuery } from "../hooks/use-media-query";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { formatShortDateTime } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Tabs } from "../ui/tabs";
import { daysFrom, monthOf } from "./calendar";
import { ConflictList } from "./conflict-list";
import { LoadStrip } from "./load-strip";
import { type MoveTarget, targetAt } from "./move";
import { MoveDialog, type TriedMove } from "./move-dialog";
import { PauseAll, PausedNotice } from "./pause-all";
import { Agenda, DayView, MonthView, type ShownRun, WeekView } from "./planned-runs";
import { useSimulation } from "./use-simulation";
import { NOTHING_TRIED, WhatIf } from "./what-if";

const VIEWS = ["agenda", "day", "week", "month"] as const;
const DAYS_SHOWN = 14;
/** The most that is simulated, and how far one can page. */
const MAX_DAYS = 45;

/** What runs when: for everybody what they may see, with what will go wrong. */
export function SchedulePage() {
  const now = useNow();
  return (
    <>
      <PageHeader
        title={t("Schedule")}
        summary={t("What will run by itself, how many backups at once, and where two get in each other's way.")}
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
  const [skip, setSkip] = useQueryState("skip", parseAsInteger.withDefault(0));
  const [tried, setTried] = useState(NOTHING_TRIED);
  const [moving, setMoving] = useState<{ run: ShownRun; target: MoveTarget | null } | null>(null);
  const isPhone = useMediaQuery("(width < 768px)");
  const settings = useQuery(trpc.system.settings.queryOptions());
  const offset = Math.min(Math.max(0, skip), MAX_DAYS - 7);
  const simulation = useSimulation({
    days: view === "month" ? MAX_DAYS : Math.min(MAX_DAYS, Math.max(DAYS_SHOWN, offset + 8)),
    limits: tried.limits,
    moves: tried.moves.map(({ scheduleId, schedule }) => ({ scheduleId, schedule })),
  });
  const { data, error } = simulation;
  if (data === undefined) {
    if (error === null) return <Skeleton className="h-96" />;
    return <ErrorState error={error} what={t("the schedule")} onRetry={() => void simulation.refetch()} />;
  }
  if (data.runs.length === 0 && data.schedules.length === 0) return <NoSchedules />;
  const runs = shownRuns(data);
  const all = daysFrom(now, zone, MAX_DAYS);
  const days = all.slice(offset, offset + DAYS_SHOWN);
  const weeks = monthOf(now, zone);
  const [first] = days;
  const range = { from: first?.from ?? now, to: days[Math.min(6, days.length - 1)]?.to ?? now };
  const onMove = (run: ShownRun, to: number | null) =>
    setMoving({ run, target: to === null ? null : targetAt(to, run.zone) });
  const moved = data.schedules.find((one) => one.schedule.id === moving?.run.scheduleId)?.schedule;
  const onTry = (move: TriedMove) => {
    const others = tried.moves.filter((one) => one.scheduleId !== move.scheduleId);
    setTried({ ...tried, moves: [...others, move] });
    setMoving(null);
  };
  const list = { runs, zone, onMove };
  const pager = (step: number) => <Pager offset={offset} step={step} onChange={(next) => void setSkip(next)} />;
  return (
    <div className="grid gap-4" aria-busy={simulation.isPlaceholderData}>
      <Hints data={data} error={error} zone={zone} now={now} />
      <ConflictList conflicts={data.conflicts} zone={zone} now={now} hasLinks />
      <Card title={t("Backups at once, seven days")}>
        <LoadStrip load={data.load} range={range} limits={data.limits} zone={zone} />
      </Card>
      {settings.data === undefined ? null : (
        <Card title={t("What if")}>
          <WhatIf limits={settings.data.limits} tried={tried} onChange={setTried} />
        </Card>
      )}
      <Tabs
        label={t("Views of the schedule")}
        value={view}
        onValueChange={(next) => void setView(next)}
        tabs={[
          {
            value: "agenda",
            label: t("Agenda"),
            content: paged(pager(7), <Agenda {...list} days={days} />),
          },
          {
            value: "day",
            label: t("Day"),
            content: first === undefined ? null : paged(pager(1), <DayView {...list} day={first} />, first.date),
          },
          {
            value: "week",
            label: t("Week"),
            content: paged(
              pager(7),
              isPhone ? <Agenda {...list} days={days.slice(0, 7)} /> : <WeekView {...list} days={days} />,
            ),
          },
          {
            value: "month",
            label: t("Month"),
            content: isPhone ? (
              <Agenda {...list} days={weeks.flat()} />
            ) : (
              <MonthView {...list} weeks={weeks} month={monthName(weeks)} />
            ),
          },
        ]}
      />
      {moving === null || moved === undefined ? null : (
        <MoveDialog
          run={moving.run}
          schedule={moved}
          target={moving.target}
          onTry={onTry}
          onClose={() => setMoving(null)}
        />
      )}
    </div>
  );
}

function paged(pager: ReactNode, view: ReactNode, title?: string) {
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {pager}
        {title === undefined ? null : <h3 className="font-semibold">{title}</h3>}
      </div>
      {view}
    </div>
  );
}

function Pager(props: { offset: number; step: number; onChange: (offset: number) => void }) {
  const { offset, step, onChange } = props;
  const last = MAX_DAYS - 7;
  return (
    <>
      <Button
        size="sm"
        disabledReason={offset === 0 ? t("This is the first day.") : null}
        onClick={() => onChange(Math.max(0, offset - step))}
      >
        <ChevronLeft aria-hidden /> {t("Earlier")}
      </Button>
      <Button
        size="sm"
        disabledReason={offset >= last ? t("{maxDays} days are simulated.", { maxDays: MAX_DAYS }) : null}
        onClick={() => onChange(Math.min(last, offset + step))}
      >
        {t("Later")} <ChevronRight aria-hidden />
      </Button>
    </>
  );
}

function Hints(props: { data: SimulationView; error: unknown; zone: string; now: number }) {
  const { data, error, zone, now } = props;
  return (
    <>
      {error === null ? null : <ErrorState error={error} what={t("the newest simulation")} />}
      {data.isCut ? <Notice tone="info">{t("The first 2,000 runs are shown.")}</Notice> : null}
      {data.reached < data.until ? (
        <Notice tone="info">
          {t("There is so much to simulate that it ends at {reached}.", {
            reached: formatShortDateTime(data.reached, zone, now),
          })}
        </Notice>
      ) : null}
      {data.hasHidden ? (
        <Notice tone="info">{t("Backups of other users count in the load, but are not listed.")}</Notice>
      ) : null}
    </>
  );
}

function NoSchedules() {
  return (
    <Card>
      <EmptyState
        icon={CalendarDays}
        title={t("No schedules")}
        actions={
          <ButtonLink href="/jobs/new?starter=nightly" variant="primary">
            {t("Start with a nightly job")}
          </ButtonLink>
        }
      >
        {t("Schedules belong to a backup job, or to a single VM (its tab Schedules).")}
      </EmptyState>
    </Card>
  );
}

function shownRuns(data: SimulationView): ShownRun[] {
  const behind = new Map(data.schedules.map((one) => [one.schedule.id, one]));
  return data.runs.map((run) => {
    const known = behind.get(run.scheduleId);
    const until = run.endsAt ?? run.beginsAt ?? run.at;
    return {
      ...run,
      zone: known?.schedule.rule.zone ?? "UTC",
      message: known?.schedule.message ?? "",
      mayMove: known?.mayChange ?? false,
      hasConflict: data.conflicts.some(
        (conflict) => conflict.scheduleId === run.scheduleId && conflict.at >= run.at && conflict.at <= until,
      ),
    };
  });
}

/** `2026-11` of the month that the weeks are about: the second week is wholly inside it. */
function monthName(weeks: readonly { date: string }[][]): string {
  return (weeks[1]?.[0]?.date ?? "").slice(0, 7);
}
