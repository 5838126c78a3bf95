import { expect, test } from "vitest";
import { fullAfter } from "./full-after";

const trend = {
  days: 30,
  mbPerDay: 10,
  lowMbPerDay: 5,
  highMbPerDay: 20,
  daysToFull: 10,
  earliestDays: 5,
  latestDays: null,
};

test("freed space moves the day, and what nobody could say stays unsaid", () => {
  expect(fullAfter({ freeMb: 100 }, trend, 100)).toMatchObject({ daysToFull: 20, earliestDays: 10, latestDays: null });
  expect(fullAfter({ freeMb: 100 }, { ...trend, daysToFull: null }, 100).daysToFull).toBeNull();
});
