import { t, words } from "@/components/i18n/t";
import { formatBytes, formatDateTime } from "@/components/lib/format";
import type { Chain, RestorePoint, Verification } from "@/server/domain/backup";

const VERIFICATION_WORDS: Record<Verification, string> = words({
  unverified: "not verified",
  checksummed: "checksummed",
  verified: "verified",
  failed: "failed verification",
});

/** How far a point was checked, in words. */
export function verificationWord(verification: Verification): string {
  return VERIFICATION_WORDS[verification];
}

/** Name of a point without its time: the reference's ids, in words. */
export function pointName(point: Pick<RestorePoint, "imageId" | "incrementId">, chain: Pick<Chain, "isChain">): string {
  return chain.isChain
    ? t("Increment {incrementId} of chain {imageId}", { incrementId: point.incrementId, imageId: point.imageId })
    : t("Full backup {imageId}", { imageId: point.imageId });
}

/** What a screen reader says for a point: everything the drawing shows, its time in `zone`. */
export function pointLabel(point: RestorePoint, chain: Chain, zone: string): string {
  const position = chain.points.findIndex((candidate) => candidate.incrementId === point.incrementId) + 1;
  return [
    pointName(point, chain),
    ...(chain.isChain && point.type === "FULL" ? ["full"] : []),
    formatDateTime(point.at, zone),
    formatBytes(point.storedBytes),
    point.broken === null
      ? verificationWord(point.verification)
      : t("cannot be restored: {broken}", { broken: point.broken }),
    ...pinWords(point),
    ...fateWords(point),
    ...(chain.isChain
      ? [t("position {position} of {pointsCount}", { position, pointsCount: chain.points.length })]
      : []),
  ].join(", ");
}

/** What the next backup does to a point; nothing for one that stays. */
export function fateWords(point: Pick<RestorePoint, "fate">): string[] {
  if (point.fate?.fate === "merge") return [t("merged by the next backup")];
  return point.fate?.fate === "delete" ? [t("deleted by the next backup")] : [];
}

function pinWords({ pin }: Pick<RestorePoint, "pin">): string[] {
  return pin == null ? [] : ["pinned"];
}
