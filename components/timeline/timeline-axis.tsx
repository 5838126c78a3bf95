import type { TimelineLayout } from "./timeline-geometry";

const DAY_MS = 86_400_000;

/** Time labels under the lanes; readers get the time from each point instead. */
export function TimelineAxis({ layout, zone }: { layout: TimelineLayout; zone: string }) {
  const step = (layout.ticks[1]?.at ?? 0) - (layout.ticks[0]?.at ?? 0);
  const isIntraday = layout.ticks.length > 1 && step < DAY_MS;
  return (
    <svg aria-hidden="true" width={layout.widthPx} height={28} className="block text-muted" fill="currentColor">
      <line x1={0} x2={layout.widthPx} y1={0.5} y2={0.5} className="text-control" stroke="currentColor" />
      {layout.ticks.map((tick) => (
        <g key={tick.at}>
          <line x1={tick.x} x2={tick.x} y1={0} y2={5} className="text-control" stroke="currentColor" />
          <text x={tick.x} y={19} fontSize={12} textAnchor="middle">
            {tickLabel(tick.at, zone, isIntraday)}
          </text>
        </g>
      ))}
    </svg>
  );
}

function tickLabel(at: number, zone: string, isIntraday: boolean): string {
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
  return isIntraday && time !== "00:00"
    ? time
    : new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: zone }).format(at);
}
