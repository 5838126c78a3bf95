import { formatMb } from "@/components/lib/format";
import { type CapacityHistory, type CapacityTrend, MIN_DAYS } from "@/server/domain/capacity-trend";

const signed = (mb: number) => (mb < 0 ? `−${formatMb(-mb)}` : formatMb(mb));

/** How fast it grows, with the range that is certain. */
export function growthWords({ mbPerDay, lowMbPerDay, highMbPerDay }: CapacityTrend): string {
  const verb = mbPerDay < 0 ? "Shrinks" : "Grows";
  return `${verb} ${formatMb(Math.abs(mbPerDay))} a day (between ${signed(lowMbPerDay)} and ${signed(highMbPerDay)})`;
}

/** When it is full, or why nobody can say. */
export function fullWords({ days, trend }: Pick<CapacityHistory, "days" | "trend">): string {
  if (trend === null) {
    const measured = days.length === 1 ? "1 day is" : `${days.length} days are`;
    return `Not foreseeable yet: ${measured} measured, ${MIN_DAYS} are needed`;
  }
  if (trend.daysToFull === null || trend.earliestDays === null) return "No day in sight on which it is full";
  const latest = trend.latestDays === null ? "or much later" : `to ${dayCount(trend.latestDays)}`;
  return `Full in about ${dayCount(trend.daysToFull)} days (${dayCount(trend.earliestDays)} ${latest})`;
}

function dayCount(days: number): string {
  return String(Math.max(0, Math.round(days)));
}
