import { t } from "@/components/i18n/t";
import type { VmRow } from "@/server/domain/vm";

type Run = VmRow["lastRuns"][number];

const WORDS: Record<Run, string> = {
  DONE: "done",
  FAILED: "failed",
  CANCELLED: "cancelled",
  RUNNING: "running",
  PENDING: "queued",
};

/** Height and shape differ by outcome as well as colour: full bar done, half bar with a gap failed, hollow otherwise. */
const SHAPES: Record<Run, { y: number; height: number; className: string; isHollow: boolean }> = {
  DONE: { y: 2, height: 14, className: "text-success", isHollow: false },
  FAILED: { y: 10, height: 6, className: "text-danger", isHollow: false },
  CANCELLED: { y: 6, height: 10, className: "text-neutral", isHollow: true },
  RUNNING: { y: 2, height: 14, className: "text-running", isHollow: true },
  PENDING: { y: 10, height: 6, className: "text-running", isHollow: true },
};

/** The last runs of a VM, oldest first; words carry the same for readers. */
export function RunStrip({ runs }: { runs: Run[] }) {
  if (runs.length === 0) return <span className="text-muted">{t("No runs")}</span>;
  const counts = new Map<Run, number>();
  for (const run of runs) counts.set(run, (counts.get(run) ?? 0) + 1);
  const summary = [...counts].map(([run, count]) => `${count} ${WORDS[run]}`).join(", ");
  return (
    <svg
      role="img"
      aria-label={t("Last {runsCount} runs: {summary}", { runsCount: runs.length, summary })}
      width={runs.length * 7}
      height={18}
    >
      <title>{t("Last {runsCount} runs, oldest first: {summary}", { runsCount: runs.length, summary })}</title>
      {runs.map((run, index) => {
        const shape = SHAPES[run];
        return (
          <g
            // biome-ignore lint/suspicious/noArrayIndexKey: runs are told apart by their place alone.
            key={`${index}-${run}`}
            className={shape.className}
            stroke="currentColor"
            fill={shape.isHollow ? "none" : "currentColor"}
          >
            <rect x={index * 7 + 1} y={shape.y} width={4} height={shape.height} strokeWidth={1} />
            {run === "FAILED" && <path d={`M${index * 7 + 1} 2l4 4m0 -4l-4 4`} strokeWidth={1.25} />}
          </g>
        );
      })}
    </svg>
  );
}
