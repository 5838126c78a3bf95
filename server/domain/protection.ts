import type { RestorePoint } from "./backup";
import type { OverviewView, Verdict } from "./overview";
import type { ActionState } from "./states";
import type { Protection } from "./vm";

/** How old the newest good point may be before a VM counts as late: a day, and two hours for the run itself. */
export const DEFAULT_RPO_HOURS = 26;
const HOUR_MS = 3_600_000;

export type PointHealth = Pick<RestorePoint, "at" | "broken" | "verification">;

export interface ProtectionInput {
  points: readonly PointHealth[];
  /** State of the last backup run that ended, null when none did. */
  lastRunState: ActionState | null;
  runningActionId: number | null;
  rpoHours?: number;
}

/**
 * One word for how a VM is protected, worst first: a failed last run is shown although another one is running, since a
 * running backup must never hide a failure. A cancelled run is no failure. `now`: epoch ms.
 */
export function protectionOf(input: ProtectionInput, now: number): Protection {
  const settled = settledProtection(input, now);
  return input.runningActionId !== null && settled !== "failing" ? "running" : settled;
}

/** The same without regard to what runs now: what the overview counts. */
export function settledProtection(input: ProtectionInput, now: number): Exclude<Protection, "running"> {
  if (input.lastRunState === "FAILED") return "failing";
  const newest = newestPointAt(input.points);
  if (newest === null) return "never";
  return now - newest > (input.rpoHours ?? DEFAULT_RPO_HOURS) * HOUR_MS ? "late" : "protected";
}

/** Epoch ms of the newest point that can be restored, null when there is none. */
export function newestPointAt(points: readonly PointHealth[]): number | null {
  let newest: number | null = null;
  for (const point of points) {
    if (point.broken === null && point.verification !== "failed" && (newest === null || point.at > newest)) {
      newest = point.at;
    }
  }
  return newest;
}

/** How many VMs are in each state, for the overview. */
export function countProtection(vms: readonly Exclude<Protection, "running">[]): OverviewView["vms"] {
  const counts = { total: vms.length, protected: 0, late: 0, failing: 0, never: 0 };
  for (const protection of vms) counts[protection]++;
  return counts;
}

/** The overview's one word; the worst state wins. A datastore that cannot be reached needs someone, too. */
export function overviewVerdict(
  vms: OverviewView["vms"],
  { hasSickDatastore = false }: { hasSickDatastore?: boolean } = {},
): Verdict {
  if (vms.failing > 0) return "failing";
  if (vms.late > 0 || vms.never > 0 || hasSickDatastore) return "attention";
  return vms.total === 0 ? "empty" : "ok";
}
