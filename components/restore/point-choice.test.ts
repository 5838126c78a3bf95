import { describe, expect, test } from "vitest";
import { chainOf } from "@/components/timeline/sample-chains";
import { choosePoint, newestBefore, newestChecked } from "./point-choice";

const chains = [chainOf(176, [10, 20, 30], { broken: [2] }), chainOf(180, [40, 50], { verification: "unverified" })];

describe("choosePoint", () => {
  test("takes exactly the point that was asked for", () => {
    const choice = choosePoint(chains, { imageId: 176, incrementId: 0 });
    expect(choice).toMatchObject({ kind: "chosen", isDefault: false, point: { imageId: 176, incrementId: 0 } });
  });

  test.each([
    ["a point that is gone", { imageId: 176, incrementId: 9 }],
    ["a chain that is gone", { imageId: 99, incrementId: 0 }],
    ["a chain that is gone, without an increment", { imageId: 99, incrementId: null }],
    ["a broken point", { imageId: 176, incrementId: 2 }],
    ["an increment without a chain", { imageId: null, incrementId: 1 }],
  ])("offers nothing in place of %s", (_what, asked) => {
    expect(choosePoint(chains, asked).kind).toBe("unusable");
  });

  test("a chain alone means its newest restorable point, said to be a default", () => {
    const choice = choosePoint(chains, { imageId: 176, incrementId: null });
    expect(choice).toMatchObject({ kind: "chosen", isDefault: true, point: { incrementId: 1 } });
  });

  test("nothing asked means the newest of all, said to be a default", () => {
    const choice = choosePoint(chains, { imageId: null, incrementId: null });
    expect(choice).toMatchObject({ kind: "chosen", isDefault: true, point: { imageId: 180, incrementId: 1 } });
  });

  test("no restorable point at all", () => {
    expect(choosePoint([chainOf(1, [10], { broken: [0] })], { imageId: null, incrementId: null }).kind).toBe("none");
  });
});

test("newestBefore includes the very moment and skips broken points", () => {
  expect(newestBefore(chains, 40)).toMatchObject({ imageId: 180, incrementId: 0 });
  expect(newestBefore(chains, 39)).toMatchObject({ imageId: 176, incrementId: 1 });
  expect(newestBefore(chains, 9)).toBeNull();
});

test("newestChecked passes over points that were never compared", () => {
  expect(newestChecked(chains)).toMatchObject({ imageId: 176, incrementId: 1 });
  expect(newestChecked([chainOf(1, [10], { verification: "failed" })])).toBeNull();
});
