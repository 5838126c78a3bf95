/**
 * How fast a datastore fills, from one measurement a day: a straight line through the used space (least squares), and
 * when it meets the space that there is. The uncertainty is that of the line's slope, twice its standard error; no
 * projection is made from fewer than MIN_DAYS days, or from a line that explains nothing.
 */
export const MIN_DAYS = 7;
/** Days that are looked at; growth of a year ago says little about the next month. */
export const TREND_DAYS = 90;
/** A projection over more than this is a guess. */
const FURTHEST_DAYS = 730;

/** Space of a day, MiB. `at` is midnight UTC of that day, epoch ms. */
export interface CapacityDay {
  at: number;
  usedMb: number;
  freeMb: number;
}

export interface CapacityTrend {
  /** Measured days that the line goes through. */
  days: number;
  /** MiB a day, and the range it is in by twice the standard error. Negative: it shrinks. */
  mbPerDay: number;
  lowMbPerDay: number;
  highMbPerDay: number;
  /** Days from the last measurement until it is full: likely, at the earliest, at the latest. Null: not foreseeable. */
  daysToFull: number | null;
  earliestDays: number | null;
  latestDays: number | null;
}

/** A backup datastore, how full it was day by day, and where that leads. Space in MiB. */
export interface CapacityHistory {
  id: number;
  name: string;
  usedMb: number;
  freeMb: number;
  /** Epoch ms; null: never measured. */
  monitoredAt: number | null;
  /** Ascending; days without a measurement are not there. */
  days: CapacityDay[];
  /** Null: too few days. */
  trend: CapacityTrend | null;
}

const DAY_MS = 86_400_000;

/** The trend of `samples` (ascending); null when there are too few to say anything. */
export function capacityTrend(samples: readonly CapacityDay[]): CapacityTrend | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  const recent = samples.filter((sample) => sample.at > last.at - TREND_DAYS * DAY_MS);
  const count = recent.length;
  const [first] = recent;
  if (first === undefined || count < MIN_DAYS) return null;

  const points = recent.map((sample) => ({ x: (sample.at - first.at) / DAY_MS, y: sample.usedMb }));
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const sumXx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / sumXx;
  const residuals = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residuals / (count - 2) / sumXx);
  const lowMbPerDay = slope - 2 * error;
  const highMbPerDay = slope + 2 * error;
  // Growth that may as well be none is no ground for a date.
  const isGrowing = lowMbPerDay > 0;
  const daysAt = (mbPerDay: number) => (isGrowing ? withinReach(last.freeMb / mbPerDay) : null);
  return {
    days: count,
    mbPerDay: slope,
    lowMbPerDay,
    highMbPerDay,
    daysToFull: daysAt(slope),
    earliestDays: daysAt(highMbPerDay),
    latestDays: daysAt(lowMbPerDay),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function withinReach(days: number): number | null {
  return days <= FURTHEST_DAYS ? days : null;
}
