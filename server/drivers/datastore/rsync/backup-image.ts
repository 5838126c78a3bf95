import { DriverError } from "../../action";
import type { XmlElement } from "../../xml";
import { numericId } from "./repository";
import { BACKUP_ID, type ChainPoint } from "./url";

/** What the drivers need of a BACKUP image. */
export interface BackupImage {
  /** Null: the document does not say (no VMS/ID). */
  vmId: number | null;
  jobId: number | null;
  /** Oldest first; empty when nothing was ever stored. */
  chain: ChainPoint[];
}

/**
 * Read the IMAGE element: its increments, or for a backup of FULL mode the one point that SOURCE names.
 * @throws DriverError when an id is not one; nothing may be removed or read by a name that was not checked
 */
export function parseBackupImage(image: XmlElement | null): BackupImage {
  if (image === null) throw new DriverError("The document has no IMAGE element.");
  const increments = image.all("BACKUP_INCREMENTS/INCREMENT");
  const chain =
    increments.length > 0
      ? increments.map((increment) => point(increment.text("ID"), increment.text("SOURCE")))
      : image.text("SOURCE") === ""
        ? []
        : [point("0", image.text("SOURCE"))];
  const vmId = image.text("VMS/ID");
  const jobId = image.text("TEMPLATE/BACKUP_JOB_ID") || image.text("BACKUP_JOB_ID");
  return {
    vmId: vmId === "" ? null : numericId("The VM id of the image", vmId),
    jobId: jobId === "" ? null : numericId("BACKUP_JOB_ID", jobId),
    chain: chain.sort((a, b) => a.incrementId - b.incrementId),
  };
}

/** The chain up to and with an increment; -1 is the whole chain. */
export function cutChain(chain: readonly ChainPoint[], incrementId: number): ChainPoint[] {
  if (incrementId === -1) return [...chain];
  const at = chain.findIndex((each) => each.incrementId === incrementId);
  if (at === -1) throw new DriverError(`The image has no increment ${incrementId}.`);
  return chain.slice(0, at + 1);
}

function point(incrementId: string, backupId: string): ChainPoint {
  if (!BACKUP_ID.test(backupId)) {
    throw new DriverError(`${JSON.stringify(backupId)} is not the id of a backup (6 to 64 hexadecimal digits).`);
  }
  return { incrementId: numericId("The increment id", incrementId), backupId };
}
