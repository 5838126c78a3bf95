import { expect, test } from "vitest";
import { dayOfYearText, describeRule } from "./rule-words";

const base = {
  time: Date.UTC(2026, 10, 23, 1, 30) / 1000,
  clock: "02:30:00",
  zone: "Europe/Madrid",
  endType: "none" as const,
  endValue: -1,
};

test.each([
  [{ repeat: "weekly", days: [5, 1] }, "every Monday and Friday at 02:30, Europe/Madrid"],
  [{ repeat: "weekly", days: [0, 6] }, "every Saturday and Sunday at 02:30, Europe/Madrid"],
  [{ repeat: "weekly", days: [1, 2, 3, 4, 5] }, "every weekday at 02:30, Europe/Madrid"],
  [{ repeat: "weekly", days: [0, 1, 2, 3, 4, 5, 6] }, "every day at 02:30, Europe/Madrid"],
  [
    { repeat: "monthly", days: [1, 2, 3, 11, 22] },
    "on the 1st, 2nd, 3rd, 11th and 22nd of every month at 02:30, Europe/Madrid",
  ],
  [{ repeat: "yearly", days: [0, 60] }, "every year on 1 Jan and 2 Mar at 02:30, Europe/Madrid"],
  [{ repeat: "hourly", days: [4] }, "every 4 hours from 23 Nov 2026 02:30 on, Europe/Madrid"],
  [{ repeat: "hourly", days: [1] }, "every hour from 23 Nov 2026 02:30 on, Europe/Madrid"],
  [{ repeat: "none", days: [] }, "once on 23 Nov 2026 at 02:30, Europe/Madrid"],
  [
    { repeat: "weekly", days: [1], endType: "date", endValue: Date.UTC(2027, 2, 4) / 1000 },
    "every Monday at 02:30, Europe/Madrid, until 4 Mar 2027",
  ],
  [
    { repeat: "weekly", days: [1], endType: "times", endValue: 3 },
    "every Monday at 02:30, Europe/Madrid, 3 times after the next",
  ],
] as const)("%j", (part, expected) => {
  expect(describeRule({ ...base, ...part })).toBe(expected);
});

test("seconds are said when there are some", () => {
  expect(describeRule({ ...base, clock: "02:30:05", repeat: "weekly", days: [1] })).toContain("at 02:30:05");
});

test("day 365 exists in leap years only", () => {
  expect(dayOfYearText(365)).toBe("31 Dec");
});
