"use client";

import Link from "next/link";
import { useZone } from "@/components/hooks/use-zone";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatDateTime } from "@/components/lib/format";
import { HIT_TARGET_PX } from "./timeline-geometry";
import type { MarkSpot, PlacedMarks } from "./timeline-marks";

/**
 * Above the axis: a cross for backups that failed, a hollow dash for planned ones that never began. Each leads to its run by
 * pointer; the keyboard and readers have the same in the sentence below and in the list of runs.
 */
export function MarkStrip({ spots, widthPx }: { spots: readonly MarkSpot[]; widthPx: number }) {
  if (spots.length === 0) return null;
  return (
    <div aria-hidden="true" className="relative h-6 border-t" style={{ width: widthPx }} data-testid="timeline-marks">
      {spots.map((spot) => (
        <Mark key={`${spot.failed[0]?.actionId ?? "missed"}-${spot.x}`} spot={spot} />
      ))}
    </div>
  );
}

function Mark({ spot }: { spot: MarkSpot }) {
  const { zone } = useZone();
  const run = spot.failed.at(-1);
  const count = spot.failed.length + spot.missed.length;
  const place = { left: spot.x - HIT_TARGET_PX / 2, width: HIT_TARGET_PX };
  const title = markWords(spot, zone);
  const shape = (
    <>
      <svg
        aria-hidden="true"
        width={12}
        height={12}
        viewBox="-6 -6 12 12"
        stroke="currentColor"
        strokeWidth={1.75}
        fill="none"
      >
        {run === undefined ? <rect x={-5} y={-2} width={10} height={4} /> : <path d="M-4 -4L4 4M-4 4L4 -4" />}
      </svg>
      {count > 1 ? <span className="text-xs">{count > 99 ? "99+" : count}</span> : null}
    </>
  );
  const styles = "absolute inset-y-0 flex items-center justify-center gap-px";
  return run === undefined ? (
    <span title={title} className={`${styles} text-muted`} style={place}>
      {shape}
    </span>
  ) : (
    <Link
      href={`/activity/${run.actionId}`}
      tabIndex={-1}
      title={title}
      className={`${styles} rounded-control text-danger hover:bg-danger-tint`}
      style={place}
    >
      {shape}
    </Link>
  );
}

function markWords({ failed, missed }: MarkSpot, zone: string): string {
  const last = failed.at(-1);
  return [
    ...(last === undefined
      ? []
      : [
          failed.length === 1
            ? t("Backup failed, {at}: {error}", { at: formatDateTime(last.at, zone), error: said(last.error ?? "") })
            : t("{count} backups failed, the last {at}: {error}", {
                count: failed.length,
                at: formatDateTime(last.at, zone),
                error: said(last.error ?? ""),
              }),
        ]),
    ...missed.slice(-3).map(({ at }) => t("Planned and never begun: {at}", { at: formatDateTime(at, zone) })),
  ].join("\n");
}

/** Hatched behind the lanes: when the newest good point was older than the RPO. */
export function LateSpans({ spans, widthPx }: { spans: PlacedMarks["spans"]; widthPx: number }) {
  if (spans.length === 0) return null;
  return (
    <svg
      aria-hidden="true"
      width={widthPx}
      height="100%"
      className="pointer-events-none absolute inset-y-0 start-0 text-warning"
      data-testid="timeline-late"
    >
      <defs>
        <pattern id="timeline-late" width={8} height={8} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line x1={0} x2={0} y1={0} y2={8} stroke="currentColor" strokeWidth={2} opacity={0.35} />
        </pattern>
      </defs>
      {spans.map((span) => (
        <rect
          key={span.from}
          x={span.from}
          y={0}
          width={span.to - span.from}
          height="100%"
          fill="url(#timeline-late)"
        />
      ))}
    </svg>
  );
}

/** The same in words; nothing when nothing went wrong. */
export function MarkSummary({ placed }: { placed: PlacedMarks }) {
  const failed = placed.spots.reduce((sum, spot) => sum + spot.failed.length, 0);
  const missed = placed.spots.reduce((sum, spot) => sum + spot.missed.length, 0);
  const parts = [
    ...(failed === 0 ? [] : [t("{failed, plural, one {1 backup failed} other {{failed} backups failed}}", { failed })]),
    ...(missed === 0
      ? []
      : [t("{missed, plural, one {1 planned run never began} other {{missed} planned runs never began}}", { missed })]),
    ...(placed.spans.length === 0
      ? []
      : [
          t("{times, plural, one {later than the RPO once} other {later than the RPO {times} times}}", {
            times: placed.spans.length,
          }),
        ]),
  ];
  if (parts.length === 0) return null;
  return (
    <p className="text-sm">
      {t("In this range: {parts}.", { parts: parts.join(", ") })}{" "}
      {failed === 0 ? null : (
        <Link href="?tab=activity" className="text-primary underline underline-offset-2">
          {t("Show the runs")}
        </Link>
      )}
    </p>
  );
}
