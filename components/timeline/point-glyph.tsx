import type { RestorePoint } from "@/server/domain/backup";
import type { Fate } from "@/server/domain/retention";

const BOX_PX = 28;

type GlyphPoint = Pick<RestorePoint, "type" | "verification" | "broken" | "pin"> & {
  fate?: { fate: Fate } | null;
};

/**
 * The drawing of one point: square for a full, circle for an increment, area by stored size. Verification is a mark of
 * its own above the shape (one stroke: checksummed, two: verified), a hollow shape was never compared, a crossed
 * one cannot be restored, a dashed one is merged into a later point by the next backup, a dotted one with a minus is deleted
 * by it, a pin is a pin: nothing is told by colour alone. Hidden from readers, the option carries the words.
 */
export function PointGlyph({
  point,
  size,
  isPlain = false,
}: {
  point: GlyphPoint;
  size: number;
  /** Without the mark of verification, where something else is told. */
  isPlain?: boolean;
}) {
  const isBroken = point.broken !== null || point.verification === "failed";
  const isHollow = point.verification === "unverified";
  const tone = isBroken ? "text-danger" : "text-primary";
  return (
    <svg
      aria-hidden="true"
      width={BOX_PX}
      height={BOX_PX}
      viewBox={`${-BOX_PX / 2} ${-BOX_PX / 2} ${BOX_PX} ${BOX_PX}`}
      className={`pointer-events-none overflow-visible ${tone}`}
      fill={isHollow || isBroken ? "none" : "currentColor"}
      stroke="currentColor"
      strokeWidth={1.75}
    >
      <g {...fateStyle(point.fate)}>
        <Shape type={point.type} size={size} />
      </g>
      {point.fate?.fate === "delete" && !isBroken ? <path d="M-4 0h8" stroke="currentColor" strokeWidth={2} /> : null}
      {point.pin == null ? null : <PinMark size={size} />}
      {isBroken ? <Cross size={Math.max(10, size)} /> : null}
      {isBroken || isPlain ? null : <VerificationMark verification={point.verification} />}
    </svg>
  );
}

/** How a point looks that the next backup takes away. */
function fateStyle(fate: GlyphPoint["fate"]) {
  if (fate?.fate === "merge") return { strokeDasharray: "2.5 2", fillOpacity: 0.3 };
  return fate?.fate === "delete" ? { strokeDasharray: "1 2", fillOpacity: 0.08 } : {};
}

/** A drawing pin under the shape. */
function PinMark({ size }: { size: number }) {
  return (
    <path
      d="M-3 0h6M-2 0v4h4v-4M0 4v4"
      transform={`translate(0 ${size / 2 + 3})`}
      fill="none"
      className="text-text"
      stroke="currentColor"
      strokeWidth={1.5}
    />
  );
}

function Shape({ type, size }: { type: RestorePoint["type"]; size: number }) {
  return type === "FULL" ? (
    <rect x={-size / 2} y={-size / 2} width={size} height={size} rx={1.5} />
  ) : (
    <circle r={size / 2} />
  );
}

function Cross({ size }: { size: number }) {
  const half = size / 2 + 2;
  return <path d={`M${-half} ${-half}L${half} ${half}M${-half} ${half}L${half} ${-half}`} strokeWidth={2} />;
}

function VerificationMark({ verification }: { verification: RestorePoint["verification"] }) {
  if (verification === "checksummed")
    return <path d="M-4 -19l3 3l5 -6" fill="none" className="text-success" stroke="currentColor" />;
  if (verification === "verified") {
    return (
      <path d="M-7 -19l3 3l5 -6M-1 -17l1.5 1.500l5 -6" fill="none" className="text-success" stroke="currentColor" />
    );
  }
  return null;
}

/** Of a day that holds several points: their number, between its largest and, dashed, its smallest. */
export function BucketGlyph({ count, smallest }: { count: number; smallest: number }) {
  return (
    <svg
      aria-hidden="true"
      width={BOX_PX}
      height={BOX_PX}
      viewBox="-14 -14 28 28"
      className="pointer-events-none text-primary"
    >
      <rect x={-11} y={-11} width={22} height={22} rx={6} fill="none" stroke="currentColor" strokeWidth={1.75} />
      <rect
        x={-smallest / 2}
        y={-smallest / 2}
        width={smallest}
        height={smallest}
        rx={2}
        fill="none"
        stroke="currentColor"
        strokeWidth={1}
        strokeDasharray="2 2"
        opacity={0.6}
      />
      <text textAnchor="middle" y={4} fontSize={11} fill="currentColor">
        {count > 99 ? "99+" : count}
      </text>
    </svg>
  );
}
