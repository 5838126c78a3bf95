"use client";

import Link from "next/link";
import type { PlannedRun } from "@/server/domain/schedule/load";
import { cn } from "../lib/cn";
import { formatClock, formatDuration } from "../lib/format";
import { type CalendarDay, runsOfDay } from "./calendar";

interface ViewProps {
  runs: readonly PlannedRun[];
  zone: string;
}

/** `Mon 23 Nov` of a plain date. */
function dayName(date: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }).format(Date.parse(`${date}T12:00:00Z`));
}

function clock(at: number, zone: string): string {
  return formatClock(at, zone).slice(0, 5);
}

function RunLink({ run, zone }: { run: PlannedRun; zone: string }) {
  const what = run.parentType === "BACKUPJOB" ? "jobs" : "vms";
  return (
    <Link
      href={`/${what}/${run.parentId}`}
      className="block rounded border border-line bg-bg px-1.5 py-0.5 text-sm wrap-anywhere hover:border-primary"
    >
      <span className="font-medium tabular-nums">{clock(run.at, zone)}</span> {run.parentName}
      {run.action === "backup" ? "" : ` (${run.action})`}
      {run.isPaused ? " (paused)" : ""}
    </Link>
  );
}

/** Every planned run, a line each, under its day. */
export function Agenda({ runs, zone, days }: ViewProps & { days: readonly CalendarDay[] }) {
  const filled = days.map((day) => ({ day, runs: runsOfDay(runs, day) })).filter((one) => one.runs.length > 0);
  if (filled.length === 0) return <p className="text-muted">Nothing is planned in these days.</p>;
  return (
    <ol className="space-y-4">
      {filled.map(({ day, runs: here }) => (
        <li key={day.date}>
          <h3 className="font-semibold">
            {dayName(day.date, { weekday: "long", day: "numeric", month: "short", year: "numeric" })}
          </h3>
          <ul className="mt-1 divide-y divide-line rounded-card border border-line">
            {here.map((run) => (
              <li
                key={`${run.scheduleId}-${run.at}`}
                className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-1.5"
              >
                <span className="font-medium tabular-nums">{clock(run.at, zone)}</span>
                <Link
                  className="text-primary underline underline-offset-2"
                  href={`/${run.parentType === "BACKUPJOB" ? "jobs" : "vms"}/${run.parentId}`}
                >
                  {run.parentName}
                </Link>
                <span className="text-sm text-muted">
                  {run.parentType === "BACKUPJOB" ? "backup job" : `VM: ${run.action}`}
                  {run.medianMs === null ? ", length not known yet" : `, about ${formatDuration(run.medianMs)}`}
                  {run.isPaused ? ", paused: will not begin" : ""}
                  {run.zone === zone ? "" : `, ${clock(run.at, run.zone)} in ${run.zone}`}
                </span>
                {run.message === "" ? null : <span className="w-full text-sm text-danger">{run.message}</span>}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** Seven days side by side. */
export function WeekView({ runs, zone, days }: ViewProps & { days: readonly CalendarDay[] }) {
  return (
    <ol className="grid grid-cols-7 gap-1">
      {days.slice(0, 7).map((day) => (
        <li key={day.date} className="min-h-40 min-w-0 rounded-card border border-line p-1.5">
          <h3 className="mb-1 text-sm font-semibold">
            {dayName(day.date, { weekday: "short", day: "numeric", month: "short" })}
          </h3>
          <ul className="space-y-1">
            {runsOfDay(runs, day).map((run) => (
              <li key={`${run.scheduleId}-${run.at}`}>
                <RunLink run={run} zone={zone} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

const IN_CELL = 3;

/** A month of weeks; days that have passed are empty, for what ran is under Activity. */
export function MonthView({
  runs,
  zone,
  weeks,
  month,
}: ViewProps & { weeks: readonly CalendarDay[][]; month: string }) {
  return (
    <ol className="grid grid-cols-7 gap-1">
      {weeks.flat().map((day) => {
        const here = runsOfDay(runs, day);
        return (
          <li
            key={day.date}
            className={cn(
              "min-h-24 min-w-0 rounded-card border border-line p-1.5",
              day.date.startsWith(month) ? "bg-surface" : "bg-bg",
            )}
          >
            <h3 className="text-sm font-semibold">{dayName(day.date, { weekday: "short", day: "numeric" })}</h3>
            <ul className="mt-1 space-y-1">
              {here.slice(0, IN_CELL).map((run) => (
                <li key={`${run.scheduleId}-${run.at}`}>
                  <RunLink run={run} zone={zone} />
                </li>
              ))}
            </ul>
            {here.length > IN_CELL ? <p className="text-sm text-muted">{here.length - IN_CELL} more</p> : null}
          </li>
        );
      })}
    </ol>
  );
}
