import { Temporal } from "temporal-polyfill";
import type { Blackout } from "../../domain/schedule/pause";

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
