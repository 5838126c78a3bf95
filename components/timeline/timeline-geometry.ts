/**
 * Where each restore point sits in the timeline.
 *
 * Time is linear in a window; a lane is one chain, newest on top. Two points closer than a hit target are pushed
 * apart (the closest fit that keeps the order), and a thin line still leads to their true time. When a lane holds more
 * than fits, the drawing grows wider than its container and scrolls. Beyond MAX_NODES points the lanes show one node
 * a day, which opens that day: reachable by pointer and by keys, and the number of nodes stays bounded.
 */
import type { Chain, RestorePoint } from "@/server/domain/backup";

export const HIT_TARGET_PX = 24;
export const MIN_GLYPH_PX = 8;
export const MAX_GLYPH_PX = 22;
export const MAX_NODES = 500;
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
  /** The day it stands for: choosing it zooms here. */
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
export function windowOf(range: Range, chains: readonly Chain[], now: number): TimeWindow {
  if (range !== "all") return { from: now - RANGE_MS[range], to: now };
  const times = chains.flatMap((chain) => chain.points.map((point) => point.at));
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
  const pointCount = visible.reduce((sum, lane) => sum + lane.points.length, 0);
  const isBucketed = pointCount > MAX_NODES && window.to - window.from > DAY_MS;
  const largest = visible.reduce(
    (max, lane) => lane.points.reduce((inner, { point }) => Math.max(inner, point.storedBytes), max),
    0,
  );

  const drafts = visible.map(({ chain, points }) => ({
    chain,
    hiddenCount: chain.points.length - points.length,
    nodes: isBucketed
      ? bucketsOf(points, window, zoneOffsetMs)
      : points.map(({ point, position }) => draftOf(point, position)),
  }));
  const mostNodes = drafts.reduce((max, lane) => Math.max(max, lane.nodes.length), 0);
  const widthPx = Math.max(input.containerPx, 2 * EDGE_PX + Math.max(0, mostNodes - 1) * HIT_TARGET_PX);
  const inner = widthPx - 2 * EDGE_PX;
  const xOf = (at: number) => EDGE_PX + ((at - window.from) / Math.max(1, window.to - window.from)) * inner;

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
        ? { ...node, ...place, size: glyphSize(node.point.storedBytes, largest) }
        : { ...node, ...place, size: MAX_GLYPH_PX };
    });
    return { chain, hiddenCount, nodes: placed };
  });
  const ticks = tickTimes(window, inner, input.labelPx, zoneOffsetMs).map((at) => ({ at, x: xOf(at) }));
  return { window, widthPx, lanes, ticks, isBucketed };
}

type NodeDraft = Omit<PointNode, "x" | "trueX" | "size"> | Omit<BucketNode, "x" | "trueX" | "size">;

function draftOf(point: RestorePoint, position: number): NodeDraft {
  return { kind: "point", key: `${point.imageId}-${point.incrementId}`, point, position, at: point.at };
}

/** One node a local day; a day with a single point stays that point. */
function bucketsOf(
  points: readonly { point: RestorePoint; position: number }[],
  window: TimeWindow,
  zoneOffsetMs: number,
): NodeDraft[] {
  const days = new Map<number, { point: RestorePoint; position: number }[]>();
  for (const entry of points) {
    const day = Math.floor((entry.point.at + zoneOffsetMs) / DAY_MS);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days.entries()].map(([day, entries]): NodeDraft => {
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) return draftOf(only.point, only.position);
    const from = day * DAY_MS - zoneOffsetMs;
    const list = entries.map((entry) => entry.point);
    const newest = list.at(-1)?.at ?? from;
    return {
      kind: "bucket",
      key: `day-${list[0]?.imageId ?? 0}-${day}`,
      points: list,
      window: { from: Math.max(from, window.from), to: Math.min(from + DAY_MS - 1, window.to) },
      at: newest,
    };
  });
}
