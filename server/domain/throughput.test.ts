import { expect, test } from "vitest";
import { addRate, type RateSample } from "./throughput";

test("samples stay few however long a run takes, span it, and keep its average", () => {
  for (const seconds of [5, 59, 90, 3600, 86_400]) {
    let samples: RateSample[] = [];
    for (let second = 0; second < seconds; second++) {
      samples = addRate(samples, { at: second * 1000, rate: second < seconds / 2 ? 100 : 300 });
    }
    expect(samples.length).toBeLessThanOrEqual(60);
    expect(samples.length).toBeGreaterThanOrEqual(Math.min(seconds, 30));
    expect(samples[0]?.at).toBe(0);
    expect(samples.at(-1)?.at).toBeGreaterThan(seconds * 1000 * 0.9 - 2000);
    const mean = samples.reduce((sum, sample) => sum + sample.rate, 0) / samples.length;
    expect(mean).toBeGreaterThan(150);
    expect(mean).toBeLessThan(250);
  }
});

test("a sample that comes too early is not taken", () => {
  const samples = addRate(addRate([], { at: 0, rate: 1 }), { at: 400, rate: 9 });
  expect(samples).toEqual([{ at: 0, rate: 1 }]);
});
