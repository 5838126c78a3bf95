import type { PreviewPoint } from "@/server/domain/retention-preview";
import { t } from "../i18n/t";
import { PointGlyph } from "../timeline/point-glyph";

/** Drawn at most, the newest: more are in the table. */
const MAX_DRAWN = 150;
const SIZE_PX = 14;

/** The points in the order of their age, shaded like on the timeline: dashed ones are merged, dotted ones deleted. */
export function PreviewStrip({ points }: { points: readonly PreviewPoint[] }) {
  const drawn = points.filter((point) => !point.isNext).slice(0, MAX_DRAWN);
  if (drawn.length === 0) return null;
  const fulls = new Map(points.map((point) => [point.imageId, point.incrementId])); // newest first: the oldest is last
  const hidden = points.length - 1 - drawn.length;
  return (
    <div aria-hidden="true" className="rounded-card border border-line bg-surface p-3">
      <div className="flex flex-wrap-reverse flex-row-reverse justify-end gap-x-0.5 gap-y-2">
        {drawn.map((point) => (
          <span key={`${point.imageId}.${point.incrementId}`} className="flex h-9 w-7 items-center justify-center">
            <PointGlyph
              size={SIZE_PX}
              point={{
                type: fulls.get(point.imageId) === point.incrementId ? "FULL" : "INCREMENT",
                verification: "checksummed",
                broken: null,
                fate: point,
                pin: point.pin,
              }}
              isPlain
            />
          </span>
        ))}
      </div>
      <p className="mt-2 text-sm text-muted">
        {t(
          "Oldest to newest{anyHidden, select, yes {, {hidden} older not drawn} other {}}. Filled: stays. Dashed: merged. Dotted with a minus: deleted.",
          { anyHidden: hidden > 0 ? "yes" : "no", hidden },
        )}
      </p>
    </div>
  );
}
