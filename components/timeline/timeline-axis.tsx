import { intlLocale } from "@/components/i18n/t";
import type { TimelineLayout } from "./timeline-geometry";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Time labels under the lanes; readers get the time from each point instead. */
export function TimelineAxis({ layout, zone }: { layout: TimelineLayout; zone: string }) {
  const step = (layout.ticks[1]?.at ?? 0) - (layout.ticks[0]?.at ?? 0);
  const unit = layout.ticks.length < 2 || step >= DAY_MS ? "day" : step >= MINUTE_MS ? "minute" : "second";
  return (
    <svg aria-hidden="true" width={layout.widthPx} height={28} className="block text-muted" fill="currentColor">
      <line x1={0} x2={layout.widthPx} y1={0.5} y2={0.5} className="text-control" stroke="currentColor" />
      {layout.ticks.map((tick) => (
        <g key={tick.at}>
          <line x1={tick.x} x2={tick.x} y1={0} y2={5} className="text-control" stroke="currentColor" />
          <text x={tick.x} y={19} fontSize={12} textAnchor="middle">
            {tickLabel(tick.at, zone, unit)}
          </text>
        </g>
      ))}
    </svg>
  );
}

function tickLabel(at: number, zone: string, unit: "day" | "minute" | "second"): string {
  const second = unit === "second" ? ({ second: "2-digit" } as const) : {};
  const format = { hour: "2-digit", minute: "2-digit", ...second, timeZone: zone } as const;
  const time = new Intl.DateTimeFormat(intlLocale(), format).format(at);
  return unit !== "day" && !/^00:00(:00)?$/.test(time)
    ? time
    : new Intl.DateTimeFormat(intlLocale(), { day: "numeric", month: "short", timeZone: zone }).format(at);
}
