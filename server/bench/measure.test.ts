import { describe, expect, it } from "vitest";
import { run } from "../lib/process";
import { median, medianRatio, roundRobin, watchMemory } from "./measure";

describe("measure", () => {
  it("median of odd and even counts", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });

  it("takes the ratio round by round", () => {
    expect(medianRatio([10, 100, 30], [10, 50, 10])).toBe(2);
  });

  it("runs all in each round, the first in turns, with a reset before each", async () => {
    const log: string[] = [];
    const contestant = (name: string) => ({
      run: async () => void log.push(`run ${name}`),
      reset: async () => void log.push(`reset ${name}`),
    });
    const timings = await roundRobin([contestant("a"), contestant("b")], 2);
    expect(log).toEqual(["reset a", "run a", "reset b", "run b", "reset b", "run b", "reset a", "run a"]);
    expect(timings.map((each) => each.length)).toEqual([2, 2]);
  });

  it("sees the memory of what a contestant starts", async () => {
    const argv = ["bash", "-c", 'x=$(head -c 30000000 /dev/zero | tr "\\0" x); sleep 0.5; : "$x"'] as const;
    const peak = await watchMemory({
      reset: async () => undefined,
      run: async () => void (await run(argv, { timeoutMs: 20_000 })),
    });
    expect(peak.largestMb).toBeGreaterThan(28);
    expect(peak.sumMb).toBeGreaterThan(28);
  });
});
