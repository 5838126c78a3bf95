"use client";

import type { RateSample } from "@/server/domain/throughput";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { formatClock, formatRate } from "../lib/format";

const WIDTH = 600;
const HEIGHT = 64;

/** How fast the run moved bytes over its time; its numbers in words below. Nothing before there are two samples. */
export function RateChart({ rates }: { rates: readonly RateSample[] }) {
  const { zone } = useZone();
  const [first] = rates;
  const last = rates.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  const highest = rates.reduce((max, { rate }) => Math.max(max, rate), 1);
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const points = rates.map(({ at, rate }) => {
    const x = ((at - first.at) / (last.at - first.at)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - (rate / highest) * (HEIGHT - 4)).toFixed(1)}`;
  });
  const words = t("{mean} on average, {highest} at most, {from} to {to}", {
    mean: formatRate(mean),
    highest: formatRate(highest),
    from: formatClock(first.at, zone),
    to: formatClock(last.at, zone),
  });
  return (
    <figure data-testid="rate-chart">
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-16 w-full rounded-control bg-neutral-tint text-primary"
      >
        <polygon points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} fill="currentColor" opacity={0.15} />
        <polyline
          points={points.join(" ")}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.75}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <figcaption className="mt-1 text-sm text-muted">{t("Throughput: {words}", { words })}</figcaption>
    </figure>
  );
}
