import { t } from "../i18n/t";
import { formatMb, percentOf } from "../lib/format";
import type { BarTone } from "../ui/progress";

const WARN_PERCENT = 85; // from here the core calls a datastore "full soon"
const CRITICAL_PERCENT = 95;

/**
 * How full a datastore is, as `df` counts it: used of what is used and can still be used. Space of the file system
 * that nobody of ours may use belongs to neither. Null when it was never measured.
 */
export function capacityOf(datastore: { usedMb: number; freeMb: number; totalMb: number }): {
  percent: number;
  tone: BarTone;
  text: string;
} | null {
  const { usedMb, freeMb, totalMb } = datastore;
  if (totalMb === 0) return null;
  const percent = percentOf(usedMb, usedMb + freeMb);
  return {
    percent,
    tone: toneOf(percent),
    text: t("{percent} % used, {freeMb} free of {totalMb}", {
      percent,
      freeMb: formatMb(freeMb),
      totalMb: formatMb(totalMb),
    }),
  };
}

/** Colour of a capacity bar; the words beside it say the same. */
function toneOf(percent: number): BarTone {
  if (percent >= CRITICAL_PERCENT) return "danger";
  return percent >= WARN_PERCENT ? "warning" : "primary";
}
