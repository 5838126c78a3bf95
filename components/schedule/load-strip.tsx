import type { LoadStep } from "@/server/domain/schedule/simulation";
import { t } from "../i18n/t";
import { formatShortDateTime } from "../lib/format";

const BINS = 84;
const HEIGHT = 64;

/** How many backups run at once, against both ceilings; the sentence above it says the same. */
export function LoadStrip(props: {
  load: readonly LoadStep[];
  range: { from: number; to: number };
  limits: { maxBackups: number; maxBackupsHost: number };
  zone: string;
}) {
  const { load, range, limits, zone } = props;
  const bins = binsOf(load, range);
  const most = Math.max(0, ...bins.map((bin) => bin.running));
  const onHost = Math.max(0, ...bins.map((bin) => bin.fullestHost));
  const top = Math.max(most, limits.maxBackups, 1);
  const peakAt = range.from + ((range.to - range.from) / BINS) * bins.findIndex((bin) => bin.running === most);
  const ceilings = `${ceiling("MAX_BACKUPS", limits.maxBackups)}, ${ceiling("MAX_BACKUPS_HOST", limits.maxBackupsHost)}`;
  const finding =
    most === 0
      ? t("No backup is expected; {ceilings}.", { ceilings })
      : t("At most {most} at once, first around {peakAt}, and {onHost} on one host; {ceilings}.", {
          most,
          peakAt: formatShortDateTime(peakAt, zone, range.from),
          onHost,
          ceilings,
        });
  return (
    <figure>
      <figcaption className="mb-2 text-muted" data-testid="load-finding">
        {finding}
      </figcaption>
      <svg
        aria-hidden
        viewBox={`0 0 ${BINS} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-16 w-full border-b border-line"
      >
        {bins.map(({ running }, bin) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place.
            key={bin}
            x={bin + 0.1}
            width={0.8}
            y={HEIGHT - (running / top) * HEIGHT}
            height={(running / top) * HEIGHT}
            className={limits.maxBackups > 0 && running >= limits.maxBackups ? "fill-warning" : "fill-running"}
          />
        ))}
        {limits.maxBackups === 0 ? null : (
          <line
            x1={0}
            x2={BINS}
            y1={HEIGHT - (limits.maxBackups / top) * HEIGHT + 0.5}
            y2={HEIGHT - (limits.maxBackups / top) * HEIGHT + 0.5}
            className="stroke-warning"
            strokeDasharray="1.5 1"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
    </figure>
  );
}

function ceiling(name: string, limit: number): string {
  return limit === 0 ? t("no {name} is set", { name }) : t("{name} is {limit}", { name, limit });
}

/** The most of each part of the range: of the steps in it, and of what goes on into it. */
function binsOf(load: readonly LoadStep[], range: { from: number; to: number }) {
  const size = (range.to - range.from) / BINS;
  return Array.from({ length: BINS }, (_, bin) => {
    const start = range.from + bin * size;
    const before = load.findLast((step) => step.at <= start);
    const here = load.filter((step) => step.at > start && step.at < start + size);
    const steps = before === undefined ? here : [before, ...here];
    return {
      running: Math.max(0, ...steps.map((step) => step.running)),
      fullestHost: Math.max(0, ...steps.map((step) => step.fullestHost)),
    };
  });
}
