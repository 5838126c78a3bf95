/**
 * Where each restore point sits in the timeline.
 *
 * Time is linear in a window; a lane is one chain, newest on top. Two points closer than a hit target are pushed
 * apart (the closest fit that keeps the order), and a thin line still leads to their true time. When a lane holds more
 * than fits, the drawing grows wider than its container and scrolls. Beyond MAX_NODES points the lanes show one node
 * a day, or a longer stretch, which opens that day: reachable by pointer and by keys, and the number of nodes stays bounded.
 */
import type { Chain, RestorePoint } from "@/server/domain/backup";

export const HIT_TARGET_PX = 24;
export const MIN_GLYPH_PX = 8;
export const MAX_GLYPH_PX = 22;
export const MAX_NODES = 500;
/** Never more than these, whatever there is: a year of days gives way to weeks, and a full day to its hours. */
export const MAX_DRAWN = 2_000;
/** Room left and right of the outermost glyph centre. */
export const EDGE_PX = 28;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const RANGES = ["24h", "7d", "30d", "all"] as const;
export type Range = (typeof RANGES)[number];
const RANGE_MS: Record<Exclude<Range, "all">, number> = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };

/** A stretch of time, epoch ms, both ends inside. */
export interface TimeWindow {
  from: number;
  to: number;
}

export interface PointNode {
  kind: "point";
  key: string;
  point: RestorePoint;
  /** 0-based place in its chain. */
  position: number;
  at: number;
  /** Centre of the glyph, px from the left. */
  x: number;
  /** Where its true time is, px. */
  trueX: number;
  /** Side or diameter, px. */
  size: number;
}

export interface BucketNode {
  kind: "bucket";
  key: string;
  points: RestorePoint[];
  /** Side of its smallest point in proportion to its largest, px. */
  smallest: number;
  /** The day or other stretch it stands for: choosing it zooms here. */
  window: TimeWindow;
  at: number;
  x: number;
  trueX: number;
  size: number;
}

export type TimelineNode = PointNode | BucketNode;

export interface Lane {
  chain: Chain;
  nodes: TimelineNode[];
  /** Points before and after the window: said in words, never silently left out. */
  hiddenCount: number;
}

export interface TimelineLayout {
  window: TimeWindow;
  widthPx: number;
  lanes: Lane[];
  ticks: { at: number; x: number }[];
  isBucketed: boolean;
}

/** Chains with the newest point first; chains without points last. */
export function orderChains(chains: readonly Chain[]): Chain[] {
  return [...chains].sort((a, b) => newestAt(b) - newestAt(a) || b.imageId - a.imageId);
}

function newestAt(chain: Chain): number {
  return chain.points.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
}

/**
 * The window of a preset. "all" spans the points themselves (not up to now, which would squeeze an old chain to the
 * edge), and begins with a single one, right below the words of its chain; the others end at `now`.
 */
export function windowOf(
  range: Range,
  chains: readonly Chain[],
  now: number,
  /** Times of what is no point and wanted in it too. */
  more: readonly number[] = [],
): TimeWindow {
  if (range !== "all") return { from: now - RANGE_MS[range], to: now };
  const times = [...chains.flatMap((chain) => chain.points.map((point) => point.at)), ...more];
  if (times.length === 0) return { from: now - DAY_MS, to: now };
  const from = times.reduce((a, b) => Math.min(a, b));
  const to = times.reduce((a, b) => Math.max(a, b));
  return from === to ? { from, to: from + HOUR_MS } : { from, to };
}

/** Side or diameter in px: the area follows the stored bytes, between the smallest legible and the largest that fits. */
export function glyphSize(storedBytes: number, largestBytes: number): number {
  if (largestBytes <= 0) return MIN_GLYPH_PX;
  const size = MAX_GLYPH_PX * Math.sqrt(Math.max(0, storedBytes) / largestBytes);
  return Math.min(MAX_GLYPH_PX, Math.max(MIN_GLYPH_PX, size));
}

/**
 * Positions as close to `wanted` (ascending) as can be with at least `gap` between neighbours, inside [low, high]:
 * isotonic regression of `wanted - i * gap` by pooling adjacent violators, which is the least-squares best.
 * The caller makes sure that all fit.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((position, index) => {
    let pool = { sum: position - index * gap, count: 1 };
    for (let last = pools.at(-1); last !== undefined && mean(last) > mean(pool); last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  });
  const highest = high - (wanted.length - 1) * gap;
  const shifted = pools.flatMap((pool) => {
    const level = Math.max(low, Math.min(highest, mean(pool)));
    return Array.from({ length: pool.count }, () => level);
  });
  return shifted.map((level, index) => level + index * gap);
}

function mean(pool: { sum: number; count: number }): number {
  return pool.sum / pool.count;
}

/** Where a time lies in a drawing, px from the left. */
export function xAt({ window, widthPx }: Pick<TimelineLayout, "window" | "widthPx">, at: number): number {
  const inner = widthPx - 2 * EDGE_PX;
  return EDGE_PX + ((at - window.from) / Math.max(1, window.to - window.from)) * inner;
}

/** Stretches of time that one node may stand for. */
const STRETCHES_MS = [MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS];

/** What one node stands for; null: each point has its own. */
function stretchOf(lanes: readonly (readonly { point: RestorePoint }[])[], window: TimeWindow): number | null {
  const count = lanes.reduce((sum, points) => sum + points.length, 0);
  const span = window.to - window.from;
  if (count <= (span > DAY_MS ? MAX_NODES : MAX_DRAWN)) return null;
  const possible = STRETCHES_MS.filter((stretch) => stretch < span && (stretch >= DAY_MS || span <= DAY_MS));
  const nodes = (stretch: number) =>
    lanes.reduce((sum, points) => sum + new Set(points.map(({ point }) => Math.floor(point.at / stretch))).size, 0);
  const few = span > DAY_MS ? possible : [...possible].reverse();
  return few.find((stretch) => nodes(stretch) <= MAX_DRAWN / 2) ?? possible.at(-1) ?? null;
}

/** Round steps for the axis, so that labels stay `labelPx` apart. */
const TICK_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 7, 14, 30, 90, 180, 365, 1825, 3650].map((n) => n * DAY_MS),
];

/** Times of the axis labels inside the window. `zoneOffsetMs` aligns days to the viewer's midnight. */
export function tickTimes(window: TimeWindow, widthPx: number, labelPx: number, zoneOffsetMs: number): number[] {
  const span = window.to - window.from;
  const wanted = (span * labelPx) / Math.max(1, widthPx);
  const step = TICK_STEPS_MS.find((candidate) => candidate >= wanted) ?? TICK_STEPS_MS.at(-1) ?? DAY_MS;
  const first = Math.ceil((window.from + zoneOffsetMs) / step) * step - zoneOffsetMs;
  const count = Math.max(0, Math.floor((window.to - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

export interface LayoutInput {
  chains: readonly Chain[];
  window: TimeWindow;
  /** Width of the container; the drawing is at least this wide. */
  containerPx: number;
  labelPx: number;
  /** Local time minus UTC, for midnights. */
  zoneOffsetMs: number;
}

/** The whole drawing from the data: pure, so that the picture is tested without a browser. */
export function layoutTimeline(input: LayoutInput): TimelineLayout {
  const { window, zoneOffsetMs } = input;
  const visible = orderChains(input.chains).map((chain) => ({
    chain,
    points: chain.points
      .map((point, position) => ({ point, position }))
      .filter(({ point }) => point.at >= window.from && point.at <= window.to)
      .sort((a, b) => a.point.at - b.point.at || a.position - b.position),
  }));
  const stretch = stretchOf(
    visible.map((lane) => lane.points),
    window,
  );
  const most = visible.reduce((max, lane) => Math.max(max, largest(lane.points.map(({ point }) => point))), 0);

  const drafts = visible.map(({ chain, points }) => ({
    chain,
    hiddenCount: chain.points.length - points.length,
    nodes:
      stretch !== null
        ? bucketsOf(points, { stretch, window, zoneOffsetMs })
        : points.map(({ point, position }) => draftOf(point, position)),
  }));
  const mostNodes = drafts.reduce((max, lane) => Math.max(max, lane.nodes.length), 0);
  const widthPx = Math.max(input.containerPx, 2 * EDGE_PX + Math.max(0, mostNodes - 1) * HIT_TARGET_PX);
  const inner = widthPx - 2 * EDGE_PX;
  const xOf = (at: number) => xAt({ window, widthPx }, at);

  const lanes = drafts.map(({ chain, hiddenCount, nodes }): Lane => {
    const xs = spread(
      nodes.map((node) => xOf(node.at)),
      HIT_TARGET_PX,
      EDGE_PX,
      widthPx - EDGE_PX,
    );
    const placed = nodes.map((node, index): TimelineNode => {
      const place = { x: xs[index] ?? EDGE_PX, trueX: xOf(node.at) };
      return node.kind === "point"
        ? { ...node, ...place, size: glyphSize(node.point.storedBytes, most) }
        : { ...node, ...place, size: MAX_GLYPH_PX };
    });
    return { chain, hiddenCount, nodes: placed };
  });
  const ticks = tickTimes(window, inner, input.labelPx, zoneOffsetMs).map((at) => ({ at, x: xOf(at) }));
  return { window, widthPx, lanes, ticks, isBucketed: stretch !== null };
}

type NodeDraft = Omit<PointNode, "x" | "trueX" | "size"> | Omit<BucketNode, "x" | "trueX" | "size">;

function draftOf(point: RestorePoint, position: number): NodeDraft {
  return { kind: "point", key: `${point.imageId}-${point.incrementId}`, point, position, at: point.at };
}

/** One node a local day, or another stretch; one with a single point stays that point. */
function bucketsOf(
  points: readonly { point: RestorePoint; position: number }[],
  { stretch, window, zoneOffsetMs }: { stretch: number; window: TimeWindow; zoneOffsetMs: number },
): NodeDraft[] {
  const buckets = new Map<number, { point: RestorePoint; position: number }[]>();
  for (const entry of points) {
    const index = Math.floor((entry.point.at + zoneOffsetMs) / stretch);
    const bucket = buckets.get(index);
    if (bucket === undefined) buckets.set(index, [entry]);
    else bucket.push(entry);
  }
  const unitKey = stretch === DAY_MS ? "day" : `${stretch / MINUTE_MS}min`;
  return [...buckets.entries()].map(([index, entries]): NodeDraft => {
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) return draftOf(only.point, only.position);
    const from = index * stretch - zoneOffsetMs;
    const list = entries.map((entry) => entry.point);
    return {
      kind: "bucket",
      key: `${unitKey}-${list[0]?.imageId ?? 0}-${index}`,
      points: list,
      window: { from: Math.max(from, window.from), to: Math.min(from + stretch - 1, window.to) },
      at: list.at(-1)?.at ?? from,
      smallest: glyphSize(least(list), largest(list)),
    };
  });
}

function least(points: readonly RestorePoint[]): number {
  return points.reduce((min, point) => Math.min(min, point.storedBytes), Number.POSITIVE_INFINITY);
}

function largest(points: readonly RestorePoint[]): number {
  return points.reduce((max, point) => Math.max(max, point.storedBytes), 0);
}
