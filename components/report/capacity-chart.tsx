import { t } from "@/components/i18n/t";
import { formatDay, formatMb } from "@/components/lib/format";
import type { CapacityHistory } from "@/server/domain/capacity-trend";
import { fullWords } from "./capacity-words";

const WIDTH = 320;
const HEIGHT = 72;
const DAY_MS = 86_400_000;
/** Days ahead that the band shows. */
const AHEAD = 30;

/**
 * Used space day by day from zero to all there is; gaps stay gaps. Where the growth is known, a band shows where the next
 * days lead; `freedMb` adds the same line from as much lower. The words beside it say the same.
 */
export function CapacityChart({ store, freedMb = 0 }: { store: CapacityHistory; freedMb?: number }) {
  const { days, trend, name } = store;
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  const isAhead = trend !== null;
  const from = first.at;
  const to = last.at + (isAhead ? AHEAD * DAY_MS : 0);
  const top = Math.max(...days.map((day) => day.usedMb + day.freeMb));
  const x = (at: number) => round((WIDTH * (at - from)) / (to - from));
  const y = (mb: number) => round(HEIGHT - (HEIGHT * Math.min(top, Math.max(0, mb))) / Math.max(1, top));
  const ahead = (mbPerDay: number) => `${x(to)},${y(last.usedMb + AHEAD * mbPerDay)}`;
  const start = `${x(last.at)},${y(last.usedMb)}`;
  const label = t("{name}, {dayOf} to {dayOf2}: from {usedMb} to {usedMb2} used. {fullWords}.", {
    name,
    dayOf: formatDay(dayOf(first.at)),
    dayOf2: formatDay(dayOf(last.at)),
    usedMb: formatMb(first.usedMb),
    usedMb2: formatMb(last.usedMb),
    fullWords: fullWords(store),
  });
  return (
    <figure>
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-18 w-full border-b border-line"
        fill="none"
      >
        {trend !== null && (
          <g className="text-primary" stroke="currentColor">
            <polygon
              points={`${start} ${ahead(trend.lowMbPerDay)} ${ahead(trend.highMbPerDay)}`}
              fill="currentColor"
              fillOpacity={0.2}
              stroke="none"
            />
            <polyline
              points={`${start} ${ahead(trend.mbPerDay)}`}
              strokeDasharray="4 3"
              vectorEffect="non-scaling-stroke"
            />
          </g>
        )}
        {trend !== null && freedMb > 0 && (
          <polyline
            points={`${x(last.at)},${y(last.usedMb - freedMb)} ${x(to)},${y(last.usedMb - freedMb + AHEAD * trend.mbPerDay)}`}
            className="text-success"
            stroke="currentColor"
            strokeWidth={2}
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
          />
        )}
        <path
          d={pathOf(days, x, y)}
          className="text-primary"
          stroke="currentColor"
          strokeWidth={2}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <figcaption aria-hidden className="flex justify-between text-xs text-muted">
        <span>{formatDay(dayOf(first.at))}</span>
        <span>{t("0 to {top}", { top: formatMb(top) })}</span>
        <span>{isAhead ? t("{ahead} days ahead", { ahead: AHEAD }) : formatDay(dayOf(last.at))}</span>
      </figcaption>
    </figure>
  );
}

/** A line through neighbouring days; a day that was not measured breaks it. */
function pathOf(days: CapacityHistory["days"], x: (at: number) => number, y: (mb: number) => number): string {
  return days
    .map(({ at, usedMb }, index) => {
      const before = days[index - 1];
      const command = before === undefined || at - before.at > DAY_MS ? "M" : "L";
      return `${command}${x(at)} ${y(usedMb)}`;
    })
    .join("");
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
