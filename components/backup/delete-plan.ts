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

/** What deleting a backup image takes away. `others`: the other chains of the same VM, null while that is not known. */
export function deletePlan(chain: Chain, others: readonly Chain[] | null): DeletePlan {
  const count = chain.points.length;
  const losesLastPoint =
    others !== null && restorablePoints([chain]).length > 0 && restorablePoints(others).length === 0;
  const pinned = chain.points.filter((point) => point.pin != null).length;
  return {
    refusal:
      pinned === 0
        ? null
        : `${pinned === 1 ? "A point of it is" : `${pinned} points of it are`} pinned. Unpin first: force does not delete pinned points either.`,
    losesLastPoint,
    consequences: [
      count === 1
        ? "Its one restore point is gone for good."
        : `All its ${count} restore points are gone for good: increments cannot live without their full.`,
      `${formatBytes(chain.storedBytes)} are freed in ${chain.datastoreName}.`,
      ...(chain.isOpen ? ["It is the open chain: the next backup starts a new one with a full."] : []),
      ...(others === null ? ["Whether the VM has other restore points is not known yet."] : []),
      ...(losesLastPoint ? [`VM ${chain.vmName} loses its last restore point.`] : []),
    ],
  };
}
