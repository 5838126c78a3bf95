import { describe, expect, it } from "vitest";
import { median, medianRatio, roundRobin } from "./measure";

describe("measure", () => {
  it("median of odd and even counts", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });

  it("takes the ratio round by round", () => {
    expect(medianRatio({ ours: [10, 100, 30], reference: [10, 50, 10] })).toBe(2);
  });

  it("runs both in each round, the first in turns, with a reset before each", async () => {
    const log: string[] = [];
    const contestant = (name: string) => ({
      run: async () => void log.push(`run ${name}`),
      reset: async () => void log.push(`reset ${name}`),
    });
    const timing = await roundRobin(contestant("a"), contestant("b"), 2);
    expect(log).toEqual(["reset a", "run a", "reset b", "run b", "reset b", "run b", "reset a", "run a"]);
    expect([timing.ours.length, timing.reference.length]).toEqual([2, 2]);
  });
});
