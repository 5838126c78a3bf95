import { describe, expect, test } from "vitest";
import { findPoint, formatPointRef, isSamePoint, parsePointRef, restorablePoints } from "./point-ref";
import { chainOf } from "./sample-chains";

describe("parsePointRef", () => {
  test("reads what formatPointRef writes", () => {
    expect(parsePointRef(formatPointRef({ imageId: 176, incrementId: 0 }))).toEqual({ imageId: 176, incrementId: 0 });
  });

  test.each(["", "176", "176.", ".5", "176.-1", "176.5.1", "a.b", "1e3.0", " 1.2"])("refuses %j", (text) => {
    expect(parsePointRef(text)).toBeNull();
  });
});

describe("findPoint", () => {
  const chains = [chainOf(176, [10, 20, 30]), chainOf(180, [40])];

  test("finds the increment with its position", () => {
    const found = findPoint(chains, { imageId: 176, incrementId: 2 });
    expect(found?.point.at).toBe(30);
    expect(found?.position).toBe(2);
  });

  test.each([
    { imageId: 176, incrementId: 3 },
    { imageId: 177, incrementId: 0 },
  ])("never substitutes another point for $imageId.$incrementId", (ref) => {
    expect(findPoint(chains, ref)).toBeNull();
  });
});

test("restorablePoints lists the newest first and leaves broken ones out", () => {
  const chains = [chainOf(1, [10, 30], { broken: [1] }), chainOf(2, [20, 40])];
  expect(restorablePoints(chains).map(formatPointRef)).toEqual(["2.1", "2.0", "1.0"]);
});

test("isSamePoint is false for nothing", () => {
  expect(isSamePoint(null, null)).toBe(false);
  expect(isSamePoint({ imageId: 1, incrementId: 2 }, { imageId: 1, incrementId: 2 })).toBe(true);
});
