import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainOf } from "./sample-chains";
import {
  EDGE_PX,
  glyphSize,
  HIT_TARGET_PX,
  layoutTimeline,
  MAX_DRAWN,
  MAX_GLYPH_PX,
  MAX_NODES,
  MIN_GLYPH_PX,
  orderChains,
  spread,
  tickTimes,
  windowOf,
} from "./timeline-geometry";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2025, 2, 4, 12);

describe("orderChains", () => {
  test("puts the chain with the newest point on top and empty chains last", () => {
    const chains = [chainOf(1, [10, 20]), chainOf(2, []), chainOf(3, [5, 30])];
    expect(orderChains(chains).map((chain) => chain.imageId)).toEqual([3, 1, 2]);
  });
});

describe("windowOf", () => {
  test("presets end now", () => {
    expect(windowOf("7d", [], NOW)).toEqual({ from: NOW - 7 * DAY, to: NOW });
  });

  test("all spans the points, not the time since", () => {
    expect(windowOf("all", [chainOf(1, [10, 20]), chainOf(2, [5])], NOW)).toEqual({ from: 5, to: 20 });
  });

  test("a single point stands where its hour begins", () => {
    expect(windowOf("all", [chainOf(1, [NOW])], NOW)).toEqual({ from: NOW, to: NOW + HOUR });
  });
});

describe("glyphSize", () => {
  test("area follows the bytes", () => {
    expect(glyphSize(400, 400)).toBe(MAX_GLYPH_PX);
    expect(glyphSize(200, 400) ** 2).toBeCloseTo(MAX_GLYPH_PX ** 2 / 2);
  });

  test.each([
    [0, 400],
    [1, 1e12],
    [0, 0],
  ])("%d of %d stays legible", (stored, largest) => {
    expect(glyphSize(stored, largest)).toBe(MIN_GLYPH_PX);
  });
});

describe("spread", () => {
  test("leaves what is far enough apart alone", () => {
    expect(spread([30, 100, 200], 24, 0, 300)).toEqual([30, 100, 200]);
  });

  test("parts two equal positions evenly", () => {
    expect(spread([100, 100], 24, 0, 300)).toEqual([88, 112]);
  });

  test("keeps the gap and the bounds, in order, for any input that fits", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 }), (raw) => {
        const wanted = raw.sort((a, b) => a - b);
        const xs = spread(wanted, 24, 0, 1000);
        expect(xs).toHaveLength(wanted.length);
        expect(xs[0]).toBeGreaterThanOrEqual(-1e-6);
        expect(xs.at(-1)).toBeLessThanOrEqual(1000 + 1e-6);
        xs.slice(1).forEach((x, index) => {
          expect(x - (xs[index] ?? 0)).toBeGreaterThanOrEqual(24 - 1e-6);
        });
      }),
    );
  });
});

describe("tickTimes", () => {
  test("uses a round step and the viewer's midnight", () => {
    const ticks = tickTimes({ from: NOW - 7 * DAY, to: NOW }, 800, 100, HOUR);
    expect(ticks).toHaveLength(7);
    expect(ticks.every((at) => (at + HOUR) % DAY === 0)).toBe(true);
  });

  test("points made within a minute have labels too", () => {
    const ticks = tickTimes({ from: NOW + 500, to: NOW + 20_500 }, 800, 100, 0);
    expect(ticks).toEqual([5, 10, 15, 20].map((second) => NOW + second * 1000));
  });

  test("never more labels than fit", () => {
    fc.assert(
      fc.property(fc.integer({ min: MINUTE, max: 3650 * DAY }), fc.integer({ min: 280, max: 2000 }), (span, width) => {
        const ticks = tickTimes({ from: NOW - span, to: NOW }, width, 90, 0);
        expect(ticks.length).toBeLessThanOrEqual(width / 90 + 1);
      }),
    );
  });
});

describe("layoutTimeline", () => {
  const layout = (chains: ReturnType<typeof chainOf>[], containerPx = 600) =>
    layoutTimeline({ chains, window: windowOf("all", chains, NOW), containerPx, labelPx: 90, zoneOffsetMs: 0 });

  test("keeps points of one minute reachable: no two hit targets overlap", () => {
    const times = Array.from({ length: 9 }, (_, index) => NOW - 3 * DAY + index * 1000);
    const [lane] = layout([chainOf(1, [...times, NOW])]).lanes;
    const xs = lane?.nodes.map((node) => node.x) ?? [];
    expect(xs).toHaveLength(10);
    xs.slice(1).forEach((x, index) => {
      expect(x - (xs[index] ?? 0)).toBeGreaterThanOrEqual(HIT_TARGET_PX - 1e-6);
    });
  });

  test("grows beyond a narrow container rather than overlap", () => {
    const times = Array.from({ length: 40 }, (_, index) => NOW + index);
    const drawn = layout([chainOf(1, times)], 320);
    expect(drawn.widthPx).toBe(2 * EDGE_PX + 39 * HIT_TARGET_PX);
    expect(drawn.lanes[0]?.nodes.at(-1)?.x).toBeLessThanOrEqual(drawn.widthPx - EDGE_PX + 1e-6);
  });

  test("counts what lies outside the window", () => {
    const chains = [chainOf(1, [NOW - 40 * DAY, NOW - 2 * DAY, NOW - DAY])];
    const drawn = layoutTimeline({
      chains,
      window: windowOf("7d", chains, NOW),
      containerPx: 600,
      labelPx: 90,
      zoneOffsetMs: 0,
    });
    expect(drawn.lanes[0]?.nodes).toHaveLength(2);
    expect(drawn.lanes[0]?.hiddenCount).toBe(1);
  });

  test("groups by local day beyond the limit and each point is in exactly one node", () => {
    const times = Array.from({ length: MAX_NODES + 100 }, (_, index) => NOW - 60 * DAY + index * 2 * HOUR);
    const drawn = layout([chainOf(1, times)]);
    expect(drawn.isBucketed).toBe(true);
    const nodes = drawn.lanes[0]?.nodes ?? [];
    expect(nodes.length).toBeLessThanOrEqual(61);
    const held = nodes.flatMap((node) => (node.kind === "bucket" ? node.points : [node.point]));
    expect(held.map((point) => point.incrementId)).toEqual(times.map((_, index) => index));
    for (const node of nodes) {
      if (node.kind !== "bucket") continue;
      expect(node.points.every((point) => point.at >= node.window.from && point.at <= node.window.to)).toBe(true);
    }
  });

  test("years of points give way to weeks, a crowded day to its hours: never more than can be drawn", () => {
    const years = chainOf(
      1,
      Array.from({ length: 60_000 }, (_, index) => NOW - 60_000 * 2 * HOUR + index * 2 * HOUR),
    );
    const crowded = chainOf(
      2,
      Array.from({ length: MAX_DRAWN + 1 }, (_, index) => NOW + index * 40_000),
    );
    const day = { from: NOW, to: NOW + DAY - 1 };
    const of = { containerPx: 600, labelPx: 90, zoneOffsetMs: 0 };
    for (const [chain, window] of [
      [years, windowOf("all", [years], NOW)],
      [crowded, day],
    ] as const) {
      const nodes = layoutTimeline({ ...of, chains: [chain], window }).lanes[0]?.nodes ?? [];
      expect(nodes.length).toBeLessThanOrEqual(MAX_DRAWN);
      expect(nodes.length).toBeGreaterThan(20);
      const held = nodes.reduce((sum, node) => sum + (node.kind === "bucket" ? node.points.length : 1), 0);
      expect(held).toBe(chain.points.length);
    }
  });

  test("a day full of points is not bucketed again when opened", () => {
    const chains = [
      chainOf(
        1,
        Array.from({ length: MAX_NODES + 1 }, (_, index) => NOW + index * 1000),
      ),
    ];
    const drawn = layoutTimeline({
      chains,
      window: { from: NOW, to: NOW + DAY - 1 },
      containerPx: 600,
      labelPx: 90,
      zoneOffsetMs: 0,
    });
    expect(drawn.isBucketed).toBe(false);
  });
});
