import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { findPoint, restorablePoints } from "@/components/timeline/point-ref";
import type { Chain, RestorePoint } from "@/server/domain/backup";

/** What the wizard's `image` and `inc` mean among the chains there are. */
export type PointChoice =
  | { kind: "chosen"; chain: Chain; point: RestorePoint; position: number; isDefault: boolean }
  /** Asked for by name and cannot be restored; nothing else takes its place. */
  | { kind: "unusable"; reason: string }
  | { kind: "none" };

/**
 * A point that was asked for is that point or an error, never another one. Only where nothing was asked for does the
 * newest restorable point stand in, and `isDefault` tells the page to say so.
 */
export function choosePoint(
  chains: readonly Chain[],
  asked: { imageId: number | null; incrementId: number | null },
): PointChoice {
  const { imageId, incrementId } = asked;
  if (imageId === null && incrementId !== null) {
    return { kind: "unusable", reason: t("The link names an increment but no chain. Choose a point below.") };
  }
  if (imageId !== null && incrementId !== null) return chooseExactly(chains, imageId, incrementId);
  if (imageId !== null && !chains.some((chain) => chain.imageId === imageId)) {
    return { kind: "unusable", reason: t("Chain {imageId} no longer exists. Choose a point below.", { imageId }) };
  }
  const [newest] = restorablePoints(imageId === null ? chains : chains.filter((chain) => chain.imageId === imageId));
  const found = newest === undefined ? null : findPoint(chains, newest);
  return found === null ? { kind: "none" } : { kind: "chosen", ...found, isDefault: true };
}

function chooseExactly(chains: readonly Chain[], imageId: number, incrementId: number): PointChoice {
  const found = findPoint(chains, { imageId, incrementId });
  if (found === null) {
    return {
      kind: "unusable",
      reason: t("Increment {incrementId} of chain {imageId} no longer exists. Choose a point below.", {
        incrementId,
        imageId,
      }),
    };
  }
  if (found.point.broken !== null) {
    return {
      kind: "unusable",
      reason: t("Increment {incrementId} of chain {imageId} cannot be restored: {broken}", {
        incrementId,
        imageId,
        broken: said(found.point.broken),
      }),
    };
  }
  return { kind: "chosen", ...found, isDefault: false };
}

/** The newest restorable point not after `at` (epoch ms), or null. */
export function newestBefore(chains: readonly Chain[], at: number): RestorePoint | null {
  return restorablePoints(chains).find((point) => point.at <= at) ?? null;
}

/** The newest restorable point whose stored files were compared with their checksums, or null. */
export function newestChecked(chains: readonly Chain[]): RestorePoint | null {
  return (
    restorablePoints(chains).find(
      (point) => point.verification === "checksummed" || point.verification === "verified",
    ) ?? null
  );
}
