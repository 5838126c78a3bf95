import { t } from "@/components/i18n/t";
import { formatBytes } from "@/components/lib/format";
import { restorablePoints } from "@/components/timeline/point-ref";
import type { Chain } from "@/server/domain/backup";

export interface DeletePlan {
  consequences: string[];
  /** After this the VM has nothing left to go back to. */
  losesLastPoint: boolean;
  /** Why it cannot be deleted, force or not; null when it can. */
  refusal: string | null;
}

/**
 * What deleting a backup image takes away. `others`: the other chains of the same VM, null while that is not known.
 * `isShared`: the datastore stores equal data once, so what other backups need stays.
 */
export function deletePlan(chain: Chain, others: readonly Chain[] | null, isShared = false): DeletePlan {
  const count = chain.points.length;
  const losesLastPoint =
    others !== null && restorablePoints([chain]).length > 0 && restorablePoints(others).length === 0;
  const pinned = chain.points.filter((point) => point.pin != null).length;
  return {
    refusal:
      pinned === 0
        ? null
        : t(
            "{pinned, plural, one {A point of it is} other {{pinned} points of it are}} pinned. Unpin first: force does not delete pinned points either.",
            { pinned },
          ),
    losesLastPoint,
    consequences: [
      t(
        "{count, plural, one {Its one restore point is gone for good.} other {All its {count} restore points are gone for good: increments cannot live without their full.}}",
        { count },
      ),
      isShared
        ? t("{storedBytes} at most are freed in {datastoreName}: data that other backups share stays.", {
            storedBytes: formatBytes(chain.storedBytes),
            datastoreName: chain.datastoreName,
          })
        : t("{storedBytes} are freed in {datastoreName}.", {
            storedBytes: formatBytes(chain.storedBytes),
            datastoreName: chain.datastoreName,
          }),
      ...(chain.isOpen ? [t("It is the open chain: the next backup starts a new one with a full.")] : []),
      ...(others === null ? [t("Whether the VM has other restore points is not known yet.")] : []),
      ...(losesLastPoint ? [t("VM {vmName} loses its last restore point.", { vmName: chain.vmName })] : []),
    ],
  };
}
