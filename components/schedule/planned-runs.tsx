"use client";

import { MoveRight, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { type DragEvent, useState } from "react";
import type { SimRun } from "@/server/domain/schedule/simulation";
import { intlLocale, t } from "../i18n/t";
import { cn } from "../lib/cn";
import { formatClock, formatDuration } from "../lib/format";
import { Button } from "../ui/button";
import { type CalendarDay, runsOfDay } from "./calendar";

/** A run as the calendar shows it. */
export interface ShownRun extends SimRun {
  /** Zone of its schedule. */
  zone: string;
  /** Last error of its schedule, empty after a success. */
  message: string;
  mayMove: boolean;
  hasConflict: boolean;
}

interface ViewProps {
  runs: readonly ShownRun[];
  zone: string;
  /** Open the dialog that moves a run: where it was dropped (epoch ms), or null. */
  onMove: (run: ShownRun, to: number | null) => void;
}

const HOUR_MS = 3_600_000;
const keyOf = (run: SimRun) => `${run.scheduleId}-${run.at}`;

/** `Mon 23 Nov` of a plain date. */
function dayName(date: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(intlLocale(), { ...parts, timeZone: "UTC" }).format(Date.parse(`${date}T12:00:00Z`));
}

function clock(at: number, zone: string): string {
  return formatClock(at, zone).slice(0, 5);
}

function RunCard({ run, zone, onMove }: { run: ShownRun; zone: string; onMove: ViewProps["onMove"] }) {
  const what = run.parentType === "BACKUPJOB" ? "jobs" : "vms";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside the name does the same by keyboard.
    <div
      draggable={run.mayMove}
      onDragStart={(event) => {
        event.dataTransfer.setData("text/plain", keyOf(run));
        event.dataTransfer.effectAllowed = "move";
      }}
      data-testid={`run-${run.scheduleId}`}
      className={cn(
        "flex items-start gap-1 rounded border border-line bg-bg px-1.5 py-0.5 text-sm",
        run.mayMove && "cursor-grab",
        run.hasConflict && "border-warning",
      )}
    >
      <Link draggable={false} href={`/${what}/${run.parentId}`} className="min-w-0 grow wrap-anywhere hover:underline">
        <span className="font-medium tabular-nums">{clock(run.at, zone)}</span> {run.parentName}
        {run.action === "backup" ? "" : ` (${run.action})`}
      </Link>
      {run.hasConflict ? (
        <TriangleAlert role="img" aria-label={t("Conflict")} className="mt-0.5 size-4 text-warning" />
      ) : null}
      <MoveButton run={run} onMove={onMove} />
    </div>
  );
}

function MoveButton({ run, onMove }: { run: ShownRun; onMove: ViewProps["onMove"] }) {
  if (!run.mayMove) return null;
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      aria-label={t("Move {parentName}", { parentName: run.parentName })}
      onClick={() => onMove(run, null)}
    >
      <MoveRight aria-hidden />
    </Button>
  );
}

/** A place that takes a run: it asks `at` for the new moment of what is dropped. */
function useDrop(runs: readonly ShownRun[], onMove: ViewProps["onMove"]) {
  const [over, setOver] = useState<string | null>(null);
  const props = (place: string, at: (run: ShownRun) => number) => ({
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(place);
    },
    onDragLeave: () => setOver(null),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(null);
      const key = event.dataTransfer.getData("text/plain");
      const run = runs.find((one) => keyOf(one) === key);
      if (run?.mayMove === true) onMove(run, at(run));
    },
  });
  return { over, props };
}

/** Every planned run, a line each, under its day. */
export function Agenda({ runs, zone, days, onMove }: ViewProps & { days: readonly CalendarDay[] }) {
  const filled = days.map((day) => ({ day, runs: runsOfDay(runs, day) })).filter((one) => one.runs.length > 0);
  if (filled.length === 0) return <p className="text-muted">{t("Nothing is planned in these days.")}</p>;
  return (
    <ol className="space-y-4">
      {filled.map(({ day, runs: here }) => (
        <li key={day.date}>
          <h3 className="font-semibold">
            {dayName(day.date, { weekday: "long", day: "numeric", month: "short", year: "numeric" })}
          </h3>
          <ul className="mt-1 divide-y divide-line rounded-card border border-line">
            {here.map((run) => (
              <li key={keyOf(run)} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1.5">
                <span className="font-medium tabular-nums">{clock(run.at, zone)}</span>
                <Link
                  className="text-primary underline underline-offset-2"
                  href={`/${run.parentType === "BACKUPJOB" ? "jobs" : "vms"}/${run.parentId}`}
                >
                  {run.parentName}
                </Link>
                <span className="grow text-sm text-muted">
                  {t(
                    "{wordsOf}{isZone, select, yes {} other {, {at} in {zone}}}{hasConflict, select, yes {, conflict} other {}}",
                    {
                      wordsOf: wordsOf(run),
                      isZone: run.zone === zone ? "yes" : "no",
                      at: clock(run.at, run.zone),
                      zone: run.zone,
                      hasConflict: run.hasConflict ? "yes" : "no",
                    },
                  )}
                </span>
                <MoveButton run={run} onMove={onMove} />
                {run.message === "" ? null : <span className="w-full text-sm text-danger">{run.message}</span>}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function wordsOf(run: ShownRun): string {
  if (run.action !== "backup") return t("VM: {action}", { action: run.action });
  const what = run.parentType === "BACKUPJOB" ? t("backup job") : t("backup of the VM");
  if (run.endsAt === null || run.beginsAt === null) return t("{what}, its end is not foreseen", { what });
  const lateMs = run.beginsAt - run.at;
  const late = lateMs < 60_000 ? "" : t(", begins {lateMs} late", { lateMs: formatDuration(lateMs) });
  const guess = run.isGuess ? " (a guess)" : "";
  return t("{what}{late}, about {endsAt}{guess}", {
    what,
    late,
    endsAt: formatDuration(run.endsAt - run.beginsAt),
    guess,
  });
}

/** The hours of one day; a run dropped on an hour keeps its minutes. */
export function DayView({ runs, zone, day, onMove }: ViewProps & { day: CalendarDay }) {
  const hours = Array.from(
    { length: Math.round((day.to - day.from) / HOUR_MS) },
    (_, hour) => day.from + hour * HOUR_MS,
  );
  const drop = useDrop(runs, onMove);
  return (
    <ol className="divide-y divide-line rounded-card border border-line">
      {hours.map((from) => (
        <li
          key={from}
          className={cn("flex min-h-8 gap-3 px-2 py-1", drop.over === String(from) && "bg-neutral-tint")}
          data-testid={`hour-${clock(from, zone)}`}
          {...drop.props(String(from), (run) => from + (run.at % HOUR_MS))}
        >
          <span className="w-12 shrink-0 text-sm text-muted tabular-nums">{clock(from, zone)}</span>
          <ul className="grid grow gap-1">
            {runsOfDay(runs, { date: day.date, from, to: from + HOUR_MS }).map((run) => (
              <li key={keyOf(run)}>
                <RunCard run={run} zone={zone} onMove={onMove} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** Seven days side by side; a run dropped on a day keeps its clock time. */
export function WeekView({ runs, zone, days, onMove }: ViewProps & { days: readonly CalendarDay[] }) {
  const drop = useDrop(runs, onMove);
  return (
    <ol className="grid grid-cols-7 gap-1">
      {days.slice(0, 7).map((day) => (
        <li
          key={day.date}
          className={cn(
            "min-h-40 min-w-0 rounded-card border border-line p-1.5",
            drop.over === day.date && "bg-neutral-tint",
          )}
          data-testid={`day-${day.date}`}
          {...drop.props(day.date, (run) => sameClock(run.at, days, day))}
        >
          <h3 className="mb-1 text-sm font-semibold">
            {dayName(day.date, { weekday: "short", day: "numeric", month: "short" })}
          </h3>
          <ul className="space-y-1">
            {runsOfDay(runs, day).map((run) => (
              <li key={keyOf(run)}>
                <RunCard run={run} zone={zone} onMove={onMove} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** The moment on `day` that has the distance to its beginning that the run has on its own day. */
function sameClock(at: number, days: readonly CalendarDay[], day: CalendarDay): number {
  const own = days.find((one) => at >= one.from && at < one.to) ?? day;
  return day.from + (at - own.from);
}

const IN_CELL = 3;

/** A month of weeks; days that have passed are empty, for what ran is under Activity. */
export function MonthView({
  runs,
  zone,
  weeks,
  month,
  onMove,
}: ViewProps & { weeks: readonly CalendarDay[][]; month: string }) {
  const days = weeks.flat();
  const drop = useDrop(runs, onMove);
  return (
    <ol className="grid grid-cols-7 gap-1">
      {days.map((day) => {
        const here = runsOfDay(runs, day);
        return (
          <li
            key={day.date}
            className={cn(
              "min-h-24 min-w-0 rounded-card border border-line p-1.5",
              day.date.startsWith(month) ? "bg-surface" : "bg-bg",
              drop.over === day.date && "bg-neutral-tint",
            )}
            {...drop.props(day.date, (run) => sameClock(run.at, days, day))}
          >
            <h3 className="text-sm font-semibold">{dayName(day.date, { weekday: "short", day: "numeric" })}</h3>
            <ul className="mt-1 space-y-1">
              {here.slice(0, IN_CELL).map((run) => (
                <li key={keyOf(run)}>
                  <RunCard run={run} zone={zone} onMove={onMove} />
                </li>
              ))}
            </ul>
            {here.length > IN_CELL ? (
              <p className="text-sm text-muted">{t("{hereCount} more", { hereCount: here.length - IN_CELL })}</p>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}
