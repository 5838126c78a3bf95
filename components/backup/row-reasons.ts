import { t } from "@/components/i18n/t";
import type { CatalogueRow } from "@/server/domain/backup-catalogue";
import { IMAGE_TRANSITIONS, nextState } from "@/server/domain/states";

type Row = Pick<
  CatalogueRow,
  "imageId" | "imageState" | "lockLevel" | "may" | "points" | "damaged" | "pinned" | "isChain" | "isOpen" | "isVmGone"
>;

/** Why each action of a backup in the catalogue cannot be chosen now; null when it can. The core judges again. */
export interface RowReasons {
  restore: string | null;
  verify: string | null;
  pin: string | null;
  flatten: string | null;
  close: string | null;
  delete: string | null;
}

/** The why-not of one row. Rights on the VM are not known here: the core says so when they are missing. */
export function rowReasons(row: Row): RowReasons {
  const busy =
    row.imageState === "READY"
      ? null
      : t("The backup is in state {state}. Wait for what uses it.", { state: row.imageState });
  const empty = row.points === 0 ? t("It has no point.") : null;
  const noUse = row.lockLevel === 1 ? t("It is locked against every use. Who has locked it can unlock it.") : null;
  const locked = row.lockLevel > 0 ? t("It is locked. Who has locked it can unlock it under Access and lock.") : null;
  const denied = row.may.manage
    ? null
    : t("You need the MANAGE right on backup {imageId}. Its owner or an administrator can grant it.", {
        imageId: row.imageId,
      });
  const lost = row.damaged === row.points ? t("None of its points can be restored.") : null;
  return {
    restore: empty ?? lost ?? noUse ?? busy,
    verify: empty ?? noUse ?? busy,
    pin: empty ?? denied ?? (row.imageState === "LOCKED" ? null : busy),
    flatten: denied ?? locked ?? busy ?? whyNoMerge(row),
    close: row.isOpen ? null : t("No VM adds points to it any more."),
    delete:
      denied ??
      locked ??
      (row.pinned > 0 ? t("It has pinned points. Unpin them first.") : null) ??
      (row.imageState === "LOCKED" || nextState(IMAGE_TRANSITIONS, row.imageState, "delete") === null ? busy : null),
  };
}

function whyNoMerge({ isChain, isVmGone, points }: Row): string | null {
  if (!isChain) return t("A single full backup has nothing to merge.");
  if (isVmGone) return t("Its VM is gone: nothing of it is merged any more.");
  return points < 2 ? t("It has one point: there is nothing to merge.") : null;
}
