const MINUTE_MS = 60_000;

/** Local time minus UTC of an IANA zone at that time, in ms; 0 when the browser cannot tell. */
export function zoneOffsetMs(zone: string, at: number): number {
  const name = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value;
  const match = /^GMT([+-])(\d{2}):(\d{2})$/.exec(name ?? "");
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * MINUTE_MS;
}

/**
 * The moment (epoch ms) at which clocks in `zone` show `text`, which is `YYYY-MM-DDTHH:MM` as date fields give it; NaN
 * for anything else. An hour that a change of clocks repeats means its second time, one that it skips the hour after.
 */
export function timeInZone(text: string, zone: string): number {
  const asUtc = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(asUtc)) return asUtc;
  // The offset in force at the answer is the one of a guess close to it.
  return asUtc - zoneOffsetMs(zone, asUtc - zoneOffsetMs(zone, asUtc));
}
