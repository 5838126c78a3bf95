import { expect, test } from "vitest";
import { parseDatePhrase } from "./date-phrase";

/** A Wednesday, 14:30 in Madrid (UTC+1). */
const NOW = Date.parse("2026-03-04T13:30:00Z");
const past = (phrase: string) => spell(parseDatePhrase(phrase, { now: NOW, zone: "Europe/Madrid", direction: "past" }));
const future = (phrase: string) =>
  spell(parseDatePhrase(phrase, { now: NOW, zone: "Europe/Madrid", direction: "future" }));

/** Begin and end on the clock of Madrid in March: UTC+1. */
function spell(span: { from: number; to: number } | null): string | null {
  if (span === null) return null;
  const text = (at: number) => new Date(at + 3_600_000).toISOString().slice(0, 16).replace("T", " ");
  return span.from === span.to ? text(span.from) : `${text(span.from)}–${text(span.to)}`;
}

const day = (date: string) => `${date} 00:00–${date} 23:59`;

test.each([
  ["now", "2026-03-04 14:30"],
  ["today", day("2026-03-04")],
  ["Yesterday", day("2026-03-03")],
  ["yesterday 02:00", "2026-03-03 02:00"],
  ["yesterday at 2 am", "2026-03-03 02:00"],
  ["02:00 yesterday", "2026-03-03 02:00"],
  ["last night", "2026-03-03 18:00–2026-03-04 08:00"],
  ["09:00", "2026-03-04 09:00"],
  ["18:00", "2026-03-03 18:00"],
  ["3 days ago", day("2026-03-01")],
  ["2 hours ago", "2026-03-04 12:30"],
  ["a week ago", null],
  ["1 week ago 02:00", "2026-02-25 02:00"],
  ["monday", day("2026-03-02")],
  ["wed", day("2026-03-04")],
  ["last wednesday", day("2026-02-25")],
  ["Thursday noon", "2026-02-26 12:00"],
  ["4 March", day("2026-03-04")],
  ["mar 5", day("2025-03-05")],
  ["3rd march 2026, 23:15", "2026-03-03 23:15"],
  ["2026-02-28 02:00", "2026-02-28 02:00"],
  ["2026-02-28T02:00", "2026-02-28 02:00"],
  ["28.02.2026", day("2026-02-28")],
  ["ayer a las 2:00", "2026-03-03 02:00"],
  ["hace 3 días", day("2026-03-01")],
  ["martes", day("2026-03-03")],
  ["5 de marzo", day("2025-03-05")],
])("%j was %s", (phrase, expected) => {
  expect(past(phrase)).toBe(expected);
});

test.each([
  ["monday", day("2026-03-09")],
  ["wednesday", day("2026-03-11")],
  ["tomorrow 06:00", "2026-03-05 06:00"],
  ["09:00", "2026-03-05 09:00"],
  ["in 3 hours", "2026-03-04 17:30"],
  ["1 March", day("2027-03-01")],
  ["mañana", day("2026-03-05")],
])("%j will be %s", (phrase, expected) => {
  expect(future(phrase)).toBe(expected);
});

test.each(["", "web", "web-01", "monday web", "31 february 2026", "25:00", "13 pm", "7", "ago", "2026-13-01"])(
  "%j is no time",
  (phrase) => {
    expect(past(phrase)).toBeNull();
  },
);

test("a day is as long as the clocks make it", () => {
  const span = parseDatePhrase("2026-03-29", { now: NOW, zone: "Europe/Madrid", direction: "past" });
  expect((span?.to ?? 0) - (span?.from ?? 0) + 1).toBe(23 * 3_600_000);
});
