import { expect, test } from "vitest";
import { isInBlackout } from "./blackout";

const at = (text: string) => Date.parse(text);
const every = [0, 1, 2, 3, 4, 5, 6];

test.each([
  ["2026-11-23T08:59:00Z", false],
  ["2026-11-23T09:00:00Z", true],
  ["2026-11-23T16:59:00Z", true],
  ["2026-11-23T17:00:00Z", false],
  ["2026-11-22T12:00:00Z", false], // a Sunday
])("working hours from Monday to Friday: %s is %s", (time, expected) => {
  expect(isInBlackout([{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00", zone: "UTC" }], at(time))).toBe(expected);
});

test("a window past midnight belongs to the day that it begins on, in its own zone", () => {
  const friday = [{ days: [5], from: "22:00", to: "02:00", zone: "Europe/Madrid" }];
  expect(isInBlackout(friday, at("2026-11-20T21:30:00Z"))).toBe(true); // Friday 22:30 there
  expect(isInBlackout(friday, at("2026-11-21T00:30:00Z"))).toBe(true); // Saturday 01:30
  expect(isInBlackout(friday, at("2026-11-21T21:30:00Z"))).toBe(false);
  expect(isInBlackout([], at("2026-11-21T21:30:00Z"))).toBe(false);
  expect(isInBlackout([{ days: every, from: "00:00", to: "00:00", zone: "UTC" }], at("2026-11-21T21:30:00Z"))).toBe(
    false,
  );
});
