import { expect, it } from "vitest";
import { fullWords, growthWords } from "./capacity-words";

const trend = { days: 30, mbPerDay: 1024, lowMbPerDay: 512, highMbPerDay: 2048 };
const ends = { daysToFull: 40.4, earliestDays: 20.2, latestDays: 80.9 };
const none = { daysToFull: null, earliestDays: null, latestDays: null };

it("growth has its range", () => {
  expect(growthWords({ ...trend, ...ends })).toBe("Grows 1.0 GiB a day (between 512.0 MiB and 2.0 GiB)");
  expect(growthWords({ ...trend, ...none, mbPerDay: -10, lowMbPerDay: -20, highMbPerDay: 1 })).toBe(
    "Shrinks 10.0 MiB a day (between −20.0 MiB and 1.0 MiB)",
  );
});

it("the day on which it is full is a range, or a reason", () => {
  const day = { at: 0, usedMb: 1, freeMb: 1 };
  expect(fullWords({ days: [day], trend: { ...trend, ...ends } })).toBe("Full in about 40 days (20 to 81)");
  expect(fullWords({ days: [day], trend: { ...trend, ...ends, latestDays: null } })).toBe(
    "Full in about 40 days (20 or much later)",
  );
  expect(fullWords({ days: [day], trend: { ...trend, ...none } })).toBe("No day in sight on which it is full");
  expect(fullWords({ days: [day], trend: null })).toBe("Not foreseeable yet: 1 day is measured, 7 are needed");
});
