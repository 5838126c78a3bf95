import { type Lane, RANGES, type Range, type TimelineNode } from "./timeline-geometry";

export type MoveKey = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End";

const MOVE_KEYS: ReadonlySet<string> = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

/** Is it one of the keys that move within the timeline? */
export function isMoveKey(key: string): key is MoveKey {
  return MOVE_KEYS.has(key);
}

/**
 * The node a key leads to: left and right within a chain, up and down to the node nearest in time of the next chain
 * that has one, Home and End within the chain. At an edge it stays where it is (no wrap-around: time does not).
 * Without a current node the newest one is the start. Null only when there is no node at all.
 */
export function moveWithin(lanes: readonly Lane[], currentKey: string | null, key: MoveKey): TimelineNode | null {
  const laneIndex = lanes.findIndex((lane) => lane.nodes.some((node) => node.key === currentKey));
  const lane = lanes[laneIndex];
  if (lane === undefined) return entryNode(lanes);
  const index = lane.nodes.findIndex((node) => node.key === currentKey);
  const current = lane.nodes[index] ?? null;
  if (current === null) return null;
  switch (key) {
    case "ArrowLeft":
      return lane.nodes[index - 1] ?? current;
    case "ArrowRight":
      return lane.nodes[index + 1] ?? current;
    case "Home":
      return lane.nodes[0] ?? current;
    case "End":
      return lane.nodes.at(-1) ?? current;
    case "ArrowUp":
      return nearestIn(lanes.slice(0, laneIndex).reverse(), current.at) ?? current;
    case "ArrowDown":
      return nearestIn(lanes.slice(laneIndex + 1), current.at) ?? current;
  }
}

/** The node that has the tab stop while nothing is selected: the newest of the top lane that has one. */
export function entryNode(lanes: readonly Lane[]): TimelineNode | null {
  return lanes.find((lane) => lane.nodes.length > 0)?.nodes.at(-1) ?? null;
}

function nearestIn(lanes: readonly Lane[], at: number): TimelineNode | null {
  const lane = lanes.find((candidate) => candidate.nodes.length > 0);
  return (
    lane?.nodes.reduce<TimelineNode | null>(
      (best, node) => (best === null || Math.abs(node.at - at) <= Math.abs(best.at - at) ? node : best),
      null,
    ) ?? null
  );
}

/** The range that `+` (shorter) or `-` (longer) leads to; null for other keys and at an end. */
export function zoomed(range: Range, key: string): Range | null {
  const step = key === "+" ? -1 : key === "-" ? 1 : 0;
  return step === 0 ? null : (RANGES[RANGES.indexOf(range) + step] ?? null);
}
