/**
 * Name of a backup image: `<vm id> dd-Mon HH.MM.SS` in the server's time zone, as the reference. Not unique across
 * years: whoever stores it must be ready to add something.
 */
export function backupName(vmId: number, date: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    day: "2-digit",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = new Map(format.formatToParts(date).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  return `${vmId} ${part("day")}-${part("month")} ${part("hour")}.${part("minute")}.${part("second")}`;
}
