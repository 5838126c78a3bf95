import type { CapacityHistory, CapacityTrend } from "@/server/domain/capacity-trend";

/** Days until it is full when `freedMb` are freed first and it grows as before; what was not foreseeable stays so. */
export function fullAfter(
  store: Pick<CapacityHistory, "freeMb">,
  trend: CapacityTrend,
  freedMb: number,
): CapacityTrend {
  const freeMb = store.freeMb + freedMb;
  const at = (days: number | null, mbPerDay: number) => (days === null ? null : freeMb / mbPerDay);
  return {
    ...trend,
    daysToFull: at(trend.daysToFull, trend.mbPerDay),
    earliestDays: at(trend.earliestDays, trend.highMbPerDay),
    latestDays: at(trend.latestDays, trend.lowMbPerDay),
  };
}
