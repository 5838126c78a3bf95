import { intlLocale, t } from "@/components/i18n/t";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Bytes as IEC text with one decimal, `1.2 GiB`; whole bytes below 1 KiB. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  // 1023.95 would print as "1024.0": move on to the next unit already there.
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const sign = bytes < 0 ? "-" : "";
  return unit === 0 ? `${sign}${Math.round(value)} B` : `${sign}${oneDecimal(value)} ${UNITS[unit] ?? ""}`;
}

/** With the sign of the reader's language: `1.2`, `1,2`. */
function oneDecimal(value: number): string {
  const text = value.toFixed(1);
  return intlLocale() === "es-ES" ? text.replace(".", ",") : text;
}

/** Exact bytes for a title or a detail row, `1,288,490,189 bytes`. */
export function formatExactBytes(bytes: number): string {
  return t("{bytes} bytes", { bytes: new Intl.NumberFormat(intlLocale()).format(bytes) });
}

/** MiB, as capacities are stored, in the same form as `formatBytes`. */
export function formatMb(mb: number): string {
  return formatBytes(mb * 1024 * 1024);
}

/** Bytes per second, `180.0 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Whole numbers with separators. */
export function formatCount(value: number): string {
  return new Intl.NumberFormat(intlLocale()).format(value);
}

/** A length of time in two units at most: `1 h 04 m`, `2 m 05 s`, `0.4 s`, `3 d 02 h`. */
export function formatDuration(ms: number): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  const positive = Math.max(0, ms);
  if (positive < 10_000) return `${oneDecimal(positive / 1000)} s`;
  const seconds = Math.floor(positive / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

function parts(at: number, zone: string): Record<string, string> {
  const list = new Intl.DateTimeFormat(intlLocale(), {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts(at);
  const found = Object.fromEntries(list.map((part) => [part.type, part.value]));
  return { ...found, month: found["month"] === "Sept" ? "Sep" : (found["month"] ?? "") };
}

/** For detail pages: `Tue 4 Mar 2025, 02:00 CET`. `at` is epoch ms, `zone` an IANA name. */
export function formatDateTime(at: number, zone: string): string {
  const p = parts(at, zone);
  return `${p["weekday"]} ${p["day"]} ${p["month"]} ${p["year"]}, ${p["hour"]}:${p["minute"]} ${p["timeZoneName"]}`;
}

/** For tables: `4 Mar 02:00`, with the year when it is not the year of `now`. */
export function formatShortDateTime(at: number, zone: string, now: number): string {
  const p = parts(at, zone);
  const year = p["year"] === parts(now, zone)["year"] ? "" : ` ${p["year"]}`;
  return `${p["day"]} ${p["month"]}${year} ${p["hour"]}:${p["minute"]}`;
}

/** A day, `2025-03-04`, as `Tue 4 Mar 2025`. */
export function formatDay(day: string): string {
  const p = parts(Date.parse(`${day}T00:00:00Z`), "UTC");
  return `${p["weekday"]} ${p["day"]} ${p["month"]} ${p["year"]}`;
}

/** The day of a moment without its weekday: `4 Mar 2025`, or `4 Mar`. */
export function formatDayOf(at: number, zone: string, hasYear = true): string {
  const p = parts(at, zone);
  return hasYear ? `${p["day"]} ${p["month"]} ${p["year"]}` : `${p["day"]} ${p["month"]}`;
}

/** Clock time with seconds, for logs and the freshness mark: `12:04:31`. */
export function formatClock(at: number, zone: string): string {
  const p = parts(at, zone);
  return `${p["hour"]}:${p["minute"]}:${p["second"]}`;
}

/** `CET` or `GMT+5:30`: the short name of `zone` at that time. */
export function zoneName(zone: string, at: number): string {
  return parts(at, zone)["timeZoneName"] ?? zone;
}

/** `3 hours ago`, `in 2 days`, `just now`. Always shown beside the absolute time, never alone. */
export function formatRelative(at: number, now: number): string {
  const diff = at - now;
  const size = Math.abs(diff);
  if (size < 10_000) return t("just now");
  const words = new Intl.RelativeTimeFormat(intlLocale(), { numeric: "always" });
  if (size < MINUTE_MS) return words.format(Math.round(diff / 1000), "second");
  if (size < HOUR_MS) return words.format(Math.round(diff / MINUTE_MS), "minute");
  if (size < 2 * DAY_MS) return words.format(Math.round(diff / HOUR_MS), "hour");
  if (size < 60 * DAY_MS) return words.format(Math.round(diff / DAY_MS), "day");
  return words.format(Math.round(diff / (30.44 * DAY_MS)), "month");
}

/** A part of a whole in whole percent, never 100 before it is done, never above; 0 when the whole is unknown. */
export function percentOf(done: number, total: number): number {
  if (total <= 0) return 0;
  if (done >= total) return 100;
  return Math.max(0, Math.min(99, Math.floor((done / total) * 100)));
}

/**
 * Time left as a range: the rate of the last seconds is no promise, so it is widened by a third either way.
 * Null when nothing can be said.
 */
export function formatEta(done: number, total: number, rate: number | null): string | null {
  if (rate === null || rate <= 0 || total <= 0 || done >= total) return null;
  const ms = ((total - done) / rate) * 1000;
  if (ms < 5_000) return t("a few seconds left");
  const low = formatDuration(roundUp(ms * 0.75));
  const high = formatDuration(roundUp(ms * 1.33));
  return low === high ? t("{low} left", { low }) : t("{low} to {high} left", { low, high });
}

function roundUp(ms: number): number {
  const step = ms < MINUTE_MS ? 5_000 : ms < HOUR_MS ? 15_000 : 5 * MINUTE_MS;
  return Math.ceil(ms / step) * step;
}
