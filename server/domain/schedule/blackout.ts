import { Temporal } from "temporal-polyfill";
import type { Blackout } from "./pause";

/** Is a moment (epoch ms) inside a window in which nothing is begun? A window may pass midnight. */
export function isInBlackout(windows: readonly Blackout[], at: number): boolean {
  return windows.some((window) => {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(window.zone);
    const clock = local.toPlainTime().toString({ smallestUnit: "minute" });
    const today = local.dayOfWeek % 7;
    const { from, to, days } = window;
    if (from <= to) return days.includes(today) && clock >= from && clock < to;
    // Past midnight the window belongs to the day before.
    return (days.includes(today) && clock >= from) || (days.includes((today + 6) % 7) && clock < to);
  });
}

/** The next moment (epoch ms) after `at` at which one of the windows ends; null without windows. */
export function blackoutEnd(windows: readonly Blackout[], at: number): number | null {
  const ends = windows.map(({ to, zone }) => {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const end = (days: number) =>
      local.toPlainDate().add({ days }).toZonedDateTime({ timeZone: zone, plainTime: to }).epochMilliseconds;
    return end(0) > at ? end(0) : end(1);
  });
  return ends.length === 0 ? null : Math.min(...ends);
}
