import { expect, test } from "vitest";
import { EDGE_PX, layoutTimeline } from "./timeline-geometry";
import { placeMarks } from "./timeline-marks";

const HOUR = 3_600_000;
const layout = layoutTimeline({
  chains: [],
  window: { from: 0, to: 100 * HOUR },
  containerPx: 1000 + 2 * EDGE_PX,
  labelPx: 72,
  zoneOffsetMs: 0,
});
const failed = (hour: number) => ({ actionId: hour, at: hour * HOUR, error: null });

test("marks that are close are one, those outside are not there, and their number is bounded by the width", () => {
  const marks = {
    failed: [failed(-1), failed(10), failed(11), failed(50), failed(101)],
    missed: [{ at: 12 * HOUR }],
    late: [],
  };
  expect(
    placeMarks(layout, marks).spots.map((spot) => [
      spot.x,
      spot.failed.map((each) => each.actionId),
      spot.missed.length,
    ]),
  ).toEqual([
    [EDGE_PX + 100, [10, 11], 1],
    [EDGE_PX + 500, [50], 0],
  ]);
  const many = { failed: Array.from({ length: 5000 }, (_, index) => failed(index / 50)), missed: [], late: [] };
  const { spots } = placeMarks(layout, many);
  expect(spots.length).toBeLessThanOrEqual(42);
  expect(spots.reduce((sum, spot) => sum + spot.failed.length, 0)).toBe(5000);
});

test("late times reach the edge when they go on beyond it, and touching ones are one", () => {
  const late = [
    { from: -9 * HOUR, to: 10 * HOUR },
    { from: 20 * HOUR, to: 30 * HOUR },
    { from: 30 * HOUR, to: 31 * HOUR },
    { from: 99 * HOUR, to: 300 * HOUR },
    { from: 400 * HOUR, to: 500 * HOUR },
  ];
  expect(placeMarks(layout, { failed: [], missed: [], late }).spans).toEqual([
    { from: 0, to: EDGE_PX + 100 },
    { from: EDGE_PX + 200, to: EDGE_PX + 310 },
    { from: EDGE_PX + 990, to: 1000 + 2 * EDGE_PX },
  ]);
});
