import { t } from "@/components/i18n/t";
import type { Chain } from "@/server/domain/backup";

/** Guest-visible size of the newest point, bytes; 0 for a chain without points. */
export function guestBytes(chain: Chain): number {
  return chain.points.at(-1)?.guestBytes ?? 0;
}

/** "3 points, full + 2", or what there is instead. */
export function pointsText(chain: Chain): string {
  const count = chain.points.length;
  if (count === 0) return t("No point yet");
  return t("{count, plural, one {1 point} other {{count} points}}", { count });
}
