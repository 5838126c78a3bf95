import { describe, expect, it } from "vitest";
import { type CapacityDay, capacityTrend, MIN_DAYS, TREND_DAYS } from "./capacity-trend";

const DAY = 86_400_000;

/** One measurement a day; `used` gives MiB by day, of 10,000 in all. */
function samples(count: number, used: (day: number) => number): CapacityDay[] {
  return Array.from({ length: count }, (_, day) => ({
    at: day * DAY,
    usedMb: used(day),
    freeMb: 10_000 - used(day),
  }));
}

describe("capacityTrend", () => {
  it("says nothing from too few days, or from none", () => {
    expect(capacityTrend([])).toBeNull();
    expect(capacityTrend(samples(MIN_DAYS - 1, (day) => 100 * day))).toBeNull();
  });

  it("a straight line is continued exactly", () => {
    const trend = capacityTrend(samples(11, (day) => 1000 + 100 * day));
    expect(trend).toMatchObject({ days: 11, mbPerDay: expect.closeTo(100, 6), daysToFull: expect.closeTo(80, 6) });
    expect(trend?.earliestDays).toBeCloseTo(80, 3);
    expect(trend?.latestDays).toBeCloseTo(80, 3);
  });

  it("noise makes a range around the likely day", () => {
    const trend = capacityTrend(samples(30, (day) => 1000 + 100 * day + (day % 2 === 0 ? 60 : -60)));
    expect(trend?.daysToFull).toBeGreaterThan(trend?.earliestDays ?? Number.POSITIVE_INFINITY);
    expect(trend?.latestDays).toBeGreaterThan(trend?.daysToFull ?? Number.POSITIVE_INFINITY);
    expect(trend?.mbPerDay).toBeCloseTo(100, 0);
  });

  it.each<[string, (day: number) => number]>([
    ["that shrinks", (day) => 5000 - 10 * day],
    ["that stays", () => 5000],
    ["that goes up and down", (day) => (day % 2 === 0 ? 4000 : 6000)],
    ["that would last for years", (day) => 1000 + day],
  ])("a datastore %s has no day on which it is full", (_, used) => {
    const trend = capacityTrend(samples(20, used));
    expect(trend).toMatchObject({ days: 20, daysToFull: null });
  });

  it("a gap of days counts as time, and what is long ago does not count", () => {
    const gap = samples(20, (day) => 1000 + 100 * day).filter(({ at }) => at < 5 * DAY || at > 12 * DAY);
    expect(capacityTrend(gap)?.mbPerDay).toBeCloseTo(100, 6);
    const long = samples(TREND_DAYS + 60, (day) => (day < 60 ? 9000 - 100 * day : 3000 + 10 * (day - 60)));
    expect(capacityTrend(long)).toMatchObject({ days: TREND_DAYS, mbPerDay: expect.closeTo(10, 6) });
  });
});
