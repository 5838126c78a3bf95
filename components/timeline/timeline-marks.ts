import type { TimelineMarks } from "@/server/domain/timeline-marks";
import { HIT_TARGET_PX, type TimelineLayout, xAt } from "./timeline-geometry";

/** What went wrong at about one place of the axis: as much as one mark can be pointed at. */
export interface MarkSpot {
  /** Of its first, px. */
  x: number;
  failed: TimelineMarks["failed"];
  missed: TimelineMarks["missed"];
}

export interface PlacedMarks {
  spots: MarkSpot[];
  /** Times that were later than the RPO, px from left to right. */
  spans: { from: number; to: number }[];
}

/** Narrower than this cannot be seen; two that are closer are one. */
const SPAN_PX = 2;

/** The marks inside the window of a drawing: as many as its width has room for, however many there are. */
export function placeMarks(layout: TimelineLayout, marks: TimelineMarks): PlacedMarks {
  const { window, widthPx } = layout;
  const isIn = ({ at }: { at: number }) => at >= window.from && at <= window.to;
  const all = [
    ...marks.failed.filter(isIn).map((failed) => ({ x: xAt(layout, failed.at), failed: [failed], missed: [] })),
    ...marks.missed.filter(isIn).map((missed) => ({ x: xAt(layout, missed.at), failed: [], missed: [missed] })),
  ].sort((a, b) => a.x - b.x);
  const spots: MarkSpot[] = [];
  for (const mark of all) {
    const last = spots.at(-1);
    if (last === undefined || mark.x - last.x >= HIT_TARGET_PX) spots.push({ ...mark });
    else {
      last.failed = [...last.failed, ...mark.failed];
      last.missed = [...last.missed, ...mark.missed];
    }
  }
  const spans: PlacedMarks["spans"] = [];
  for (const late of marks.late) {
    if (late.to < window.from || late.from > window.to) continue;
    const from = late.from <= window.from ? 0 : xAt(layout, late.from);
    const to = Math.max(from + SPAN_PX, late.to >= window.to ? widthPx : xAt(layout, late.to));
    const last = spans.at(-1);
    if (last !== undefined && from - last.to < SPAN_PX) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return { spots, spans };
}
