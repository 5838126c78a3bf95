import { describe, expect, it } from "vitest";
import { compareLabel, compareLetter, formatCompare, markPoint, parseCompare } from "./compare-state";

const point = (incrementId: number, imageId = 7) => ({ imageId, incrementId });

describe("markPoint", () => {
  it("puts the earlier point first, whichever was marked first", () => {
    const first = markPoint(null, point(3));
    expect(first).toEqual({ imageId: 7, a: 3, b: null });
    expect(markPoint(first, point(1))).toEqual({ imageId: 7, a: 1, b: 3 });
    expect(markPoint(first, point(5))).toEqual({ imageId: 7, a: 3, b: 5 });
  });

  it("takes a mark away, and begins anew with another chain or a third point", () => {
    const first = markPoint(null, point(3));
    expect(markPoint(first, point(3))).toBeNull();
    expect(markPoint(first, point(0, 8))).toEqual({ imageId: 8, a: 0, b: null });
    expect(markPoint({ imageId: 7, a: 1, b: 3 }, point(2))).toEqual({ imageId: 7, a: 2, b: null });
  });
});

it.each(["7.0", "7.0-12"])("%s is read as it was written", (text) => {
  const state = parseCompare(text);
  expect(state === null ? null : formatCompare(state)).toBe(text);
});

it.each(["", "7", "7.3-3", "7.5-1", "7.-1", "7.1-2-3", "x.1", "7.1-99999999999"])("%j names no points", (text) => {
  expect(parseCompare(text)).toBeNull();
});

it("letters and words follow what is marked", () => {
  const pair = { imageId: 7, a: 1, b: 3 };
  expect([1, 2, 3].map((id) => compareLetter(pair, point(id)))).toEqual(["A", null, "B"]);
  expect(compareLetter(pair, point(1, 8))).toBeNull();
  const first = { imageId: 7, a: 1, b: null };
  expect([1, 2].map((id) => compareLabel(first, point(id)))).toEqual(["Do not compare", "Compare with increment 1"]);
  expect(compareLabel(pair, point(1))).toBe("Compare…");
});
