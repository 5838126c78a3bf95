import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { clockOf, type Repeat, rearm, type ScheduleRule, TimeZone, upcoming } from "./rule";

const at = (text: string, zone = "UTC") =>
  Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant().epochMilliseconds / 1000;

function rule(start: string, repeat: Repeat, days: number[], part: Partial<ScheduleRule> = {}): ScheduleRule {
  const zone = part.zone ?? "UTC";
  const time = at(start, zone);
  return { time, clock: clockOf(time, zone), repeat, days, endType: "none", endValue: -1, zone, ...part };
}

/** Dates of the next runs, each run ten seconds late. */
function dates(first: ScheduleRule, count: number): string[] {
  const found: string[] = [];
  let next: ScheduleRule | null = first;
  while (found.length < count) {
    next = rearm(next, next.time + 10);
    if (next === null) break;
    found.push(
      Temporal.Instant.fromEpochMilliseconds(next.time * 1000)
        .toZonedDateTimeISO(next.zone)
        .toPlainDate()
        .toString(),
    );
  }
  return found;
}

// The vectors of jobs-api-cli §2.5.
test.each<[string, Repeat, number[], string[]]>([
  ["2023-08-07T10:00", "weekly", [1, 5], ["2023-08-11", "2023-08-14", "2023-08-18", "2023-08-21"]],
  ["2023-08-09T10:00", "weekly", [5, 1], ["2023-08-11", "2023-08-14", "2023-08-18"]],
  ["2023-08-06T10:00", "weekly", [0], ["2023-08-13", "2023-08-20"]],
  [
    "2023-01-31T10:00",
    "monthly",
    [31],
    "03-03 03-31 05-01 05-31 07-01 07-31 08-31 10-01 10-31 12-01 12-31".split(" ").map((day) => `2023-${day}`),
  ],
  ["2024-02-01T10:00", "monthly", [1, 15], ["2024-02-15", "2024-03-01", "2024-03-15"]],
  ["2023-04-30T10:00", "monthly", [30, 31], ["2023-05-01", "2023-05-30", "2023-05-31"]],
  ["2023-01-01T10:00", "yearly", [0, 365], ["2024-01-01", "2024-12-31", "2025-01-01"]],
  ["2023-03-01T10:00", "yearly", [59], ["2024-02-29", "2025-03-01"]],
])("%s %s %j", (start, repeat, days, expected) => {
  expect(dates(rule(start, repeat, days), expected.length)).toEqual(expected);
});

test("hourly, run late: the next full step after now", () => {
  const first = rule("2023-08-07T10:00", "hourly", [5]);
  expect(rearm(first, at("2023-08-07T22:10"))?.time).toBe(at("2023-08-08T01:00"));
  expect(rearm(first, first.time)?.time).toBe(at("2023-08-07T15:00"));
});

test("a late run shifts nothing, a long outage ends nothing", () => {
  const mondays = rule("2023-08-07T10:00", "weekly", [1]);
  expect(rearm(mondays, at("2023-08-09T12:00"))?.time).toBe(at("2023-08-14T10:00"));
  expect(rearm(mondays, at("2025-01-01T00:00"))?.time).toBe(at("2025-01-06T10:00"));
});

test("n repetitions are n + 1 runs; nothing after a dated end", () => {
  const counted = rule("2023-08-07T10:00", "weekly", [1], { endType: "times", endValue: 2 });
  expect(upcoming(counted, Number.MAX_SAFE_INTEGER, 100)).toHaveLength(3);
  const dated = rule("2023-08-07T10:00", "weekly", [1], { endType: "date", endValue: at("2023-08-21T10:00") });
  expect(upcoming(dated, Number.MAX_SAFE_INTEGER, 100)).toHaveLength(3);
  expect(rearm(rule("2023-08-07T10:00", "none", []), at("2023-08-08T10:00"))).toBeNull();
});

test("02:30 is skipped to 03:30 when the clock goes forward, and is 02:30 again the day after", () => {
  const zone = "Europe/Madrid";
  const daily = rule("2026-03-28T02:30", "weekly", [0, 1, 2, 3, 4, 5, 6], { zone });
  const clocks = upcoming(daily, at("2026-03-31T00:00", zone), 10).map((time) => clockOf(time, zone));
  expect(clocks).toEqual(["02:30:00", "03:30:00", "02:30:00"]);
});

test("the hour that comes twice has one run", () => {
  const zone = "Europe/Madrid";
  const daily = rule("2026-10-24T02:30", "weekly", [0, 1, 2, 3, 4, 5, 6], { zone });
  const times = upcoming(daily, at("2026-10-27T00:00", zone), 10);
  expect(times.map((time, index) => (index === 0 ? 0 : time - (times[index - 1] ?? 0)) / 3600)).toEqual([0, 24, 25]);
});

const ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
const anyRule = fc
  .record({
    time: fc.integer({ min: at("2020-01-01T00:00"), max: at("2030-01-01T00:00") }),
    zone: fc.constantFrom(...ZONES),
    kind: fc.oneof(
      fc.record({ repeat: fc.constant("weekly" as const), days: days(0, 6) }),
      fc.record({ repeat: fc.constant("monthly" as const), days: days(1, 31) }),
      fc.record({ repeat: fc.constant("yearly" as const), days: days(0, 365) }),
      fc.record({ repeat: fc.constant("hourly" as const), days: fc.tuple(fc.integer({ min: 1, max: 167 })) }),
    ),
    end: fc.oneof(
      fc.record({ endType: fc.constant("never" as const), endValue: fc.constant(-1) }),
      fc.record({ endType: fc.constant("times" as const), endValue: fc.integer({ min: 0, max: 30 }) }),
      fc.record({
        endType: fc.constant("date" as const),
        endValue: fc.integer({ min: at("2020-01-01T00:00"), max: at("2031-01-01T00:00") }),
      }),
    ),
  })
  .map(({ time, zone, kind, end }): ScheduleRule => ({ time, clock: clockOf(time, zone), zone, ...kind, ...end }));

function days(min: number, max: number) {
  return fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 5 });
}

test("times grow, keep to their days and their end, in every zone", () => {
  fc.assert(
    fc.property(anyRule, (first) => {
      const times = upcoming(first, Number.MAX_SAFE_INTEGER, 60);
      for (const [index, time] of times.entries()) {
        if (index === 0) continue;
        expect(time).toBeGreaterThan(times[index - 1] ?? 0);
        if (first.endType === "date") expect(time).toBeLessThanOrEqual(first.endValue);
        const local = Temporal.Instant.fromEpochMilliseconds(time * 1000).toZonedDateTimeISO(first.zone);
        if (first.repeat === "weekly") expect(first.days).toContain(local.dayOfWeek % 7);
        if (first.repeat === "monthly" && first.days.every((day) => day <= 28)) expect(first.days).toContain(local.day);
      }
      if (first.endType === "times") expect(times.length).toBe(Math.min(60, first.endValue + 1));
    }),
  );
});

test("whenever a run is late by less than the period, the times after it are those of the plan", () => {
  fc.assert(
    fc.property(anyRule, fc.integer({ min: 0, max: 3599 }), (first, late) => {
      const [, planned] = upcoming({ ...first, endType: "none" }, Number.MAX_SAFE_INTEGER, 2);
      expect(rearm({ ...first, endType: "none" }, first.time + late)?.time).toBe(planned);
    }),
  );
});

test("zones", () => {
  expect(TimeZone.safeParse("Europe/Madrid").success).toBe(true);
  expect(TimeZone.safeParse("Europe/Atlantis").success).toBe(false);
  expect(TimeZone.safeParse("'; drop").success).toBe(false);
});
