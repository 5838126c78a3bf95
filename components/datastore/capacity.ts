import type { BarTone } from "../ui/progress";

const WARN_SHARE = 0.85; // the share from which the core calls a datastore "full soon"
const CRITICAL_SHARE = 0.95;

/** Colour of a capacity bar; the words beside it say the same. */
export function capacityTone(usedMb: number, totalMb: number): BarTone {
  const share = totalMb > 0 ? usedMb / totalMb : 0;
  if (share >= CRITICAL_SHARE) return "danger";
  return share >= WARN_SHARE ? "warning" : "primary";
}
