"use client";

import { Check, CircleSlash, LoaderCircle, OctagonX } from "lucide-react";
import type { ActionRow, PhaseRecord } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { useNow } from "../hooks/use-now";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";
import { formatDuration } from "../lib/format";
import { PHASE_WORDS } from "../lib/words";

/** Where the time went: a bar in proportion, and the same as a list of phases with their times. */
export function PhaseBar({ action }: { action: ActionRow }) {
  const now = useNow();
  const { phases } = action.progress;
  if (phases.length === 0) return <p className="text-muted">{t("No phase has begun.")}</p>;
  const stoppedAt = stoppedIn(phases);
  const rows = phases.map((phase, index) => ({
    phase,
    key: `${phase.phase}-${phase.startedAt}`,
    ms: Math.max(0, (phase.endedAt ?? action.endedAt ?? Math.max(now, phase.startedAt)) - phase.startedAt),
    isEnd: index === stoppedAt,
  }));
  return (
    <div>
      <div aria-hidden className="bar flex h-3 gap-0.5 overflow-hidden rounded">
        {rows.map((row) => (
          <div
            key={row.key}
            title={`${PHASE_WORDS[row.phase.phase]}: ${formatDuration(row.ms)}`}
            style={{ flexGrow: Math.max(row.ms, 1) }}
            className={cn("min-w-1.5", barColour(action, row.phase, row.isEnd))}
          />
        ))}
      </div>
      <ol aria-label={t("Phases")} className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
        {rows.map((row) => (
          <li key={row.key} className="flex items-center gap-1.5">
            <PhaseIcon action={action} phase={row.phase} isEnd={row.isEnd} />
            {PHASE_WORDS[row.phase.phase]}
            <span className="text-muted">{formatDuration(row.ms)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Where a failure or a cancel struck: what follows it only tidied up. */
function stoppedIn(phases: readonly PhaseRecord[]): number {
  const index = phases.findLastIndex(({ phase }) => phase !== "finishing" && phase !== "cleaning");
  return index === -1 ? phases.length - 1 : index;
}

function isOpen(action: ActionRow, phase: PhaseRecord): boolean {
  return phase.endedAt === null && !isFinal(action.state);
}

function barColour(action: ActionRow, phase: PhaseRecord, isEnd: boolean): string {
  if (isOpen(action, phase)) return "bg-running";
  if (isEnd && action.state === "FAILED") return "bg-danger";
  if (isEnd && action.state === "CANCELLED") return "bg-neutral";
  return phase.phase === "queued" ? "bg-control" : "bg-success";
}

function PhaseIcon({ action, phase, isEnd }: { action: ActionRow; phase: PhaseRecord; isEnd: boolean }) {
  if (isOpen(action, phase)) return <LoaderCircle aria-label={t("Now")} className="size-4 animate-spin text-running" />;
  if (isEnd && action.state === "FAILED") return <OctagonX aria-label={t("Failed")} className="size-4 text-danger" />;
  if (isEnd && action.state === "CANCELLED")
    return <CircleSlash aria-label={t("Cancelled")} className="size-4 text-neutral" />;
  return <Check aria-label={t("Done")} className="size-4 text-success" />;
}
