import { type LoadRun, predictLoad } from "@/server/domain/schedule/load";
import { formatShortDateTime } from "../lib/format";

const BINS = 84;
const HEIGHT = 64;

/** How many backups are expected at once, against MAX_BACKUPS; the sentence above it says the same. */
export function LoadStrip(props: {
  runs: readonly LoadRun[];
  range: { from: number; to: number };
  maxBackups: number;
  zone: string;
}) {
  const { runs, range, maxBackups, zone } = props;
  const load = predictLoad(runs, range, BINS);
  const most = Math.max(0, ...load);
  const top = Math.max(most, maxBackups, 1);
  const peakBin = load.indexOf(most);
  const peakAt = range.from + ((range.to - range.from) / BINS) * peakBin;
  const limit = maxBackups === 0 ? "no limit is set" : `the limit MAX_BACKUPS is ${maxBackups}`;
  const finding =
    most === 0
      ? `No backup is planned; ${limit}.`
      : `At most ${most} at once, around ${formatShortDateTime(peakAt, zone, range.from)}; ${limit}.`;
  return (
    <figure>
      <figcaption className="mb-2 text-muted">{finding}</figcaption>
      <svg
        aria-hidden
        viewBox={`0 0 ${BINS} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-16 w-full border-b border-line"
      >
        {load.map((count, bin) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place.
            key={bin}
            x={bin + 0.1}
            width={0.8}
            y={HEIGHT - (count / top) * HEIGHT}
            height={(count / top) * HEIGHT}
            className={maxBackups > 0 && count > maxBackups ? "fill-danger" : "fill-running"}
          />
        ))}
        {maxBackups === 0 ? null : (
          <line
            x1={0}
            x2={BINS}
            y1={HEIGHT - (maxBackups / top) * HEIGHT + 0.5}
            y2={HEIGHT - (maxBackups / top) * HEIGHT + 0.5}
            className="stroke-warning"
            strokeDasharray="1.5 1"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
    </figure>
  );
}
