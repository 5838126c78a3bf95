import type { Chain, RestorePoint } from "@/server/domain/backup";
import { t } from "../i18n/t";
import { formatDuration } from "../lib/format";

type BootCheck = NonNullable<RestorePoint["bootCheck"]>;

/** How long a boot check took, measured; null for one that was made before this was measured. */
export function drillText(check: Pick<BootCheck, "restoreSeconds" | "bootSeconds">): string | null {
  const { restoreSeconds, bootSeconds } = check;
  if (restoreSeconds === null) return null;
  const restored = t("disks restored in {restoreSeconds}", { restoreSeconds: formatDuration(restoreSeconds * 1000) });
  return bootSeconds === null
    ? restored
    : t("{restored}, running {bootSeconds} later", { restored, bootSeconds: formatDuration(bootSeconds * 1000) });
}

/** The last boot check of any point of a machine that was measured and showed a sign of life, with its point. */
export function lastDrill(chains: readonly Chain[]): { point: RestorePoint; check: BootCheck; text: string } | null {
  const drills = chains
    .flatMap((chain) => chain.points)
    .flatMap((point) => {
      const check = point.bootCheck;
      const text = check === null || check.verdict !== "alive" ? null : drillText(check);
      return check === null || text === null ? [] : [{ point, check, text }];
    });
  return drills.sort((a, b) => b.check.at - a.check.at)[0] ?? null;
}
