import type { OverviewView, Verdict } from "./overview";

/** How old the newest good point may be before a VM counts as late: a day, and two hours for the run itself. */
export const DEFAULT_RPO_HOURS = 26;

/**
 * The overview's one word; the worst state wins. A newest point that cannot be restored (`hasDamage`) is as bad as a backup
 * that failed; a datastore that cannot be reached needs someone, too.
 */
export function overviewVerdict(
  vms: OverviewView["vms"],
  { hasSickDatastore = false, hasDamage = false }: { hasSickDatastore?: boolean; hasDamage?: boolean } = {},
): Verdict {
  if (vms.failing > 0 || hasDamage) return "failing";
  if (vms.late > 0 || vms.never > 0 || hasSickDatastore) return "attention";
  return vms.total === 0 ? "empty" : "ok";
}
