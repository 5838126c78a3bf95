import { t } from "@/components/i18n/t";
import { formatBytes } from "@/components/lib/format";
import type { DiskChanges } from "@/server/domain/point-changes";
import { changedRanges, heatLevels } from "./changed-ranges";

const HEIGHT = 32;
const LEVELS = [1, 2, 3, 4];

/**
 * A disk from its beginning to its end: a bar where it changed, higher and stronger the more of that place did. The
 * table beside it has the same numbers.
 */
export function HeatStrip({ disk }: { disk: DiskChanges }) {
  const levels = heatLevels(disk);
  const places = changedRanges(disk).length;
  return (
    <div>
      <svg
        role="img"
        aria-label={t(
          "Disk {id} from its beginning to its end: changed in {places, plural, one {1 place} other {{places} places}}",
          { id: disk.id, places },
        )}
        viewBox={`0 0 ${Math.max(1, levels.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-8 w-full rounded-control border border-line bg-bg text-primary"
      >
        {LEVELS.map((level) => (
          <path key={level} d={barsOf(levels, level)} fill="currentColor" fillOpacity={0.4 + 0.15 * level} />
        ))}
      </svg>
      <div aria-hidden className="flex justify-between text-xs text-muted">
        <span>0</span>
        <span>{formatBytes(disk.virtualSize / 2)}</span>
        <span>{formatBytes(disk.virtualSize)}</span>
      </div>
    </div>
  );
}

/** One path a level instead of one element a block. */
function barsOf(levels: readonly number[], level: number): string {
  const height = (HEIGHT * level) / 4;
  return levels.map((each, x) => (each === level ? `M${x} ${HEIGHT}v${-height}h1v${height}z` : "")).join("");
}
