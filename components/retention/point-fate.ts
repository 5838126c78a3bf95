import type { Chain, RestorePoint } from "@/server/domain/backup";

/** Why a point cannot be pinned, null when it can. Rights are the core's to judge. */
export function pinReason(chain: Pick<Chain, "state">, point: Pick<RestorePoint, "broken">): string | null {
  if (chain.state !== "READY" && chain.state !== "LOCKED") return `The backup is in state ${chain.state}.`;
  return point.broken === null ? null : `This point cannot be restored: ${point.broken}`;
}
