import { reasonOf } from "../../../../domain/errors";
import { attempt } from "../../../../lib/outcome";
import type { ActionInput } from "../../../action";
import { parseXml } from "../../../xml";
import { parseBackupArguments } from "../../lib/arguments";
import { removeStaging } from "../../lib/staging";
import { readVmDocument } from "../../lib/vm-document";
import { chosenDisks } from "./disk";
import { inspectImages, isOurSnapshot, removeSnapshots, snapshotName } from "./snapshots";

/**
 * Remove the staging folder and the snapshots that no later backup needs: of a chain the one of the newest stored backup
 * stays, which is this one, or its parent when the document says `BACKUP_RESULT` FAILURE. Never fails: leftovers must
 * not spoil a stored backup, and the next one removes them.
 */
export async function postBackup({ argv, xml, signal, log }: ActionInput): Promise<string> {
  const removed = await attempt(async () => {
    const args = parseBackupArguments(argv);
    const document = readVmDocument(xml);
    const hasFailed = parseXml(xml).text("BACKUP_RESULT").toUpperCase() === "FAILURE";
    const disks = chosenDisks(xml, args.vmId, args.diskIds);
    const states = await inspectImages(args.machine, args.vmDir, disks, signal);
    const [own, parent] = [snapshotName(document.parentId + 1), snapshotName(document.parentId)];
    // Without a snapshot of its own on every disk there was no backup, whatever the caller thinks.
    const isAnchored = !hasFailed && states.every(({ snapshots }) => snapshots.includes(own));
    const kept = document.mode === "FULL" ? null : isAnchored ? own : parent;
    await removeSnapshots(
      args.machine,
      states.map(({ disk, snapshots }) => ({
        disk,
        names: snapshots.filter((name) => isOurSnapshot(name) && name !== kept),
      })),
    );
  });
  if (!removed.ok) log.warn(`Old snapshots could not be removed: ${reasonOf(removed.error)}`);
  const cleaned = await attempt(async () => {
    const { machine, vmDir } = parseBackupArguments(argv);
    await removeStaging(machine, vmDir);
  });
  if (!cleaned.ok) log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  return "";
}
