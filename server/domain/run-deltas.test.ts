import { describe, expect, it } from "vitest";
import { deltaPercent, strikingDelta } from "./run-deltas";

const before = { actionId: 1, endedAt: 0, bytes: 1000, ms: 20_000 };

describe("strikingDelta", () => {
  it.each([
    ["alike", { bytes: 1200, ms: 30_000 }, null],
    ["much more", { bytes: 3000, ms: 20_000 }, /Much more changed/],
    ["much less", { bytes: 333, ms: 20_000 }, /Much less changed/],
    ["much longer", { bytes: 1000, ms: 60_000 }, /much longer/],
  ])("an increment that is %s", (_, now, text) => {
    const note = strikingDelta(now, before, false);
    if (text === null) expect(note).toBeNull();
    else expect(note).toMatch(text);
  });

  it("a full has its own words, and seconds are no matter", () => {
    expect(strikingDelta({ bytes: 5000, ms: 1 }, before, true)).toMatch(/disk been added/);
    expect(strikingDelta({ bytes: 1000, ms: 9000 }, { ...before, ms: 1000 }, true)).toBeNull();
  });
});

it("a share of nothing is no figure", () => {
  expect([deltaPercent(150, 100), deltaPercent(50, 100), deltaPercent(5, 0)]).toEqual([50, -50, null]);
});
