import type { Chain } from "@/server/domain/backup";

/** Guest-visible size of the newest point, bytes; 0 for a chain without points. */
export function guestBytes(chain: Chain): number {
  return chain.points.at(-1)?.guestBytes ?? 0;
}

/** "3 points, full + 2", or what there is instead. */
export function pointsText(chain: Chain): string {
  const count = chain.points.length;
  if (count === 0) return "No point yet";
  return count === 1 ? "1 point" : `${count} points`;
}
