"use client";

import { Check, CircleSlash, ClockAlert, OctagonX } from "lucide-react";
import Link from "next/link";
import { type ComplianceRow, type ComplianceState, type DayMark, rpoWords } from "@/server/domain/compliance";
import { columnsOf } from "../data-table/columns";
import { t, words } from "../i18n/t";
import { Badge } from "../ui/badge";
import { RpoBullet } from "../vm/rpo-bullet";
import { FROM_WORDS, STATE_WORDS } from "./compliance-state";

const LOOKS = {
  in: { icon: Check, tone: "success" },
  out: { icon: ClockAlert, tone: "danger" },
  never: { icon: OctagonX, tone: "danger" },
  excluded: { icon: CircleSlash, tone: "neutral" },
} as const satisfies Record<ComplianceState, unknown>;

const column = columnsOf<ComplianceRow>();

/** Columns of the compliance report. Sort ids are those its procedure knows. */
export const COMPLIANCE_COLUMNS = column.columns([
  column.accessor("vmName", {
    header: "VM",
    meta: { sort: "vmName", isName: true, className: "min-w-36" },
    cell: ({ row }) => (
      <>
        {row.original.vmName} <span className="font-normal text-muted">{row.original.vmId}</span>
      </>
    ),
  }),
  column.accessor("state", {
    header: () => t("State"),
    meta: { sort: "state", card: "corner" },
    cell: ({ row }) => (
      <span title={row.original.excludedReason ?? undefined}>
        <Badge {...LOOKS[row.original.state]}>{STATE_WORDS[row.original.state]}</Badge>
        {row.original.state === "excluded" ? (
          <span className="block max-w-56 truncate text-sm text-muted">{row.original.excludedReason}</span>
        ) : null}
      </span>
    ),
  }),
  column.accessor("target", {
    header: () => t("Target"),
    meta: { sort: "target", card: "fact", className: "whitespace-nowrap" },
    cell: ({ row }) => (
      <>
        {rpoWords(row.original.target.rpoMinutes)}{" "}
        <span className="text-sm text-muted">{FROM_WORDS[row.original.target.from]}</span>
      </>
    ),
  }),
  column.accessor("newestPointAt", {
    header: () => t("Newest good point"),
    meta: { sort: "newestPointAt", card: "fact" },
    cell: ({ row }) => <RpoBullet at={row.original.newestPointAt} rpoMinutes={row.original.target.rpoMinutes} />,
  }),
  column.accessor("jobName", {
    header: () => t("Job"),
    meta: { card: "fact", isInteractive: true },
    cell: ({ row }) =>
      row.original.jobId === null ? (
        <span className="text-muted">{t("None")}</span>
      ) : (
        <Link className="text-primary hover:underline" href={`/jobs/${row.original.jobId}`}>
          {row.original.jobName}
        </Link>
      ),
  }),
  column.accessor("history", {
    header: () => t("14 days"),
    meta: { card: "fact" },
    cell: ({ row }) => <HistoryStrip days={row.original.history} />,
  }),
]);

const DAY_WORDS: Record<DayMark, string> = words({ in: "in target", out: "late", none: "not measured" });

/** One bar a day, oldest first: tall and full in target, short with a cross late, a dot when there was nothing yet. */
function HistoryStrip({ days }: { days: readonly DayMark[] }) {
  const counts = (["in", "out", "none"] as const)
    .map((mark) => [days.filter((day) => day === mark).length, DAY_WORDS[mark]] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`);
  const label = t("Last {daysCount} days: {counts}", { daysCount: days.length, counts: counts.join(", ") });
  return (
    <svg role="img" aria-label={label} width={days.length * 7} height={18}>
      <title>{t("{label}; oldest first", { label })}</title>
      {days.map((day, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: days are told apart by their place alone.
        <g key={index} stroke="currentColor" className={MARK_TONES[day]}>
          {day === "in" && <rect x={index * 7 + 1} y={2} width={4} height={14} fill="currentColor" />}
          {day === "out" && (
            <>
              <rect x={index * 7 + 1} y={10} width={4} height={6} fill="currentColor" />
              <path d={`M${index * 7 + 1} 2l4 4m0 -4l-4 4`} strokeWidth={1.25} />
            </>
          )}
          {day === "none" && <circle cx={index * 7 + 3} cy={14} r={1} fill="none" />}
        </g>
      ))}
    </svg>
  );
}

const MARK_TONES: Record<DayMark, string> = { in: "text-success", out: "text-danger", none: "text-neutral" };
