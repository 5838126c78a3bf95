import type { Tx } from "../../db/tx";
import { appError } from "../../domain/errors";

/** MiB and images; negative gives back. */
export interface QuotaChange {
  sizeMb: number;
  images: number;
}

/**
 * Account `change` to the owner and the group of an object on a datastore; uid 0 and gid 0 are not accounted. Growth
 * beyond a limit is refused (QUOTA_EXCEEDED); giving back never is. Runs inside the transaction that causes it.
 */
export async function changeQuota(
  tx: Tx,
  owner: { uid: number; gid: number },
  datastoreId: number,
  change: QuotaChange,
): Promise<void> {
  await account(tx, owner, datastoreId, change, true);
}

/** Who an amount is accounted to. */
export interface QuotaOwner {
  uid: number;
  gid: number;
}

/**
 * Give back what was reserved, from whom it was reserved, and account what is stored to whom it belongs: the two differ
 * when a VM or an image changed its owner meanwhile. No limit is checked, because it is stored already.
 */
export async function settleQuota(
  tx: Tx,
  datastoreId: number,
  reserved: { owner: QuotaOwner } & QuotaChange,
  stored: ({ owner: QuotaOwner } & QuotaChange) | null,
): Promise<void> {
  const back = { sizeMb: -reserved.sizeMb, images: -reserved.images };
  await account(tx, reserved.owner, datastoreId, back, false);
  if (stored !== null) await account(tx, stored.owner, datastoreId, stored, false);
}

async function account(
  tx: Tx,
  owner: QuotaOwner,
  datastoreId: number,
  change: QuotaChange,
  isLimited: boolean,
): Promise<void> {
  const subjects = [
    { subject: "user", subjectId: owner.uid },
    { subject: "group", subjectId: owner.gid },
  ].filter(({ subjectId }) => subjectId !== 0);
  for (const { subject, subjectId } of subjects) {
    const row = await tx.datastoreQuota.upsert({
      where: { subject_subjectId_datastoreId: { subject, subjectId, datastoreId } },
      create: { subject, subjectId, datastoreId, sizeUsedMb: change.sizeMb, imagesUsed: change.images },
      update: { sizeUsedMb: { increment: change.sizeMb }, imagesUsed: { increment: change.images } },
    });
    const isOver = (used: number, limit: number, grown: number) => isLimited && grown > 0 && limit >= 0 && used > limit;
    if (isOver(row.sizeUsedMb, row.sizeLimitMb, change.sizeMb)) {
      const message = `The ${subject} limit of ${row.sizeLimitMb} MiB on datastore ${datastoreId} would be exceeded.`;
      throw appError("QUOTA_EXCEEDED", { message });
    }
    if (isOver(row.imagesUsed, row.imagesLimit, change.images)) {
      const message = `The ${subject} limit of ${row.imagesLimit} images on datastore ${datastoreId} would be exceeded.`;
      throw appError("QUOTA_EXCEEDED", { message });
    }
  }
}
