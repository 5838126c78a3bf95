import { t } from "@/components/i18n/t";
import { formatMb } from "@/components/lib/format";
import { type CapacityHistory, type CapacityTrend, MIN_DAYS } from "@/server/domain/capacity-trend";

const signed = (mb: number) => (mb < 0 ? `−${formatMb(-mb)}` : formatMb(mb));

/** How fast it grows, with the range that is certain. */
export function growthWords({ mbPerDay, lowMbPerDay, highMbPerDay }: CapacityTrend): string {
  const verb = mbPerDay < 0 ? t("Shrinks") : t("Grows");
  return t("{verb} {mbPerDay} a day (between {lowMbPerDay} and {highMbPerDay})", {
    verb,
    mbPerDay: formatMb(Math.abs(mbPerDay)),
    lowMbPerDay: signed(lowMbPerDay),
    highMbPerDay: signed(highMbPerDay),
  });
}

/** When it is full, or why nobody can say. */
export function fullWords({ days, trend }: Pick<CapacityHistory, "days" | "trend">): string {
  if (trend === null) {
    const measured = t("{daysCount, plural, one {1 day is} other {{daysCount} days are}}", { daysCount: days.length });
    return t("Not foreseeable yet: {measured} measured, {minDays} are needed", { measured, minDays: MIN_DAYS });
  }
  if (trend.daysToFull === null || trend.earliestDays === null) return t("No day in sight on which it is full");
  const latest =
    trend.latestDays === null ? t("or much later") : t("to {latestDays}", { latestDays: dayCount(trend.latestDays) });
  return t("Full in about {daysToFull} days ({earliestDays} {latest})", {
    daysToFull: dayCount(trend.daysToFull),
    earliestDays: dayCount(trend.earliestDays),
    latest,
  });
}

function dayCount(days: number): string {
  return String(Math.max(0, Math.round(days)));
}
