import { t } from "@/components/i18n/t";
import type { Chain, RestorePoint } from "@/server/domain/backup";

/** Why a point cannot be pinned, null when it can. Rights are the core's to judge. */
export function pinReason(chain: Pick<Chain, "state">, point: Pick<RestorePoint, "broken">): string | null {
  if (chain.state !== "READY" && chain.state !== "LOCKED")
    return t("The backup is in state {state}.", { state: chain.state });
  return point.broken === null ? null : t("This point cannot be restored: {broken}", { broken: point.broken });
}
