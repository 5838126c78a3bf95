import { attempt } from "../../../../lib/outcome";
import { type ActionInput, DriverError } from "../../../action";
import { parseXml } from "../../../xml";
import { parseBackupArguments } from "../arguments";
import { NoIncrement } from "../increment";
import { rootsOf } from "../probe";
import { readVmDocument } from "../vm-document";
import { foldOverlays, readDisk } from "./fold";
import { parentLabel, settleOff } from "./prebackup";
import type { Label } from "./stack";

/** The backup whose overlays are needed from now on: this one, or its parent when it came to nothing. Null: none. */
export function labelAfter(xml: string, backupId: string | null): Label | null {
  const document = readVmDocument(xml);
  if (parseXml(xml).text("BACKUP_RESULT") !== "FAILURE") return { incrementId: document.parentId + 1, backupId };
  return document.parentId < 0 ? null : parentLabel(document);
}

/**
 * After a powered-off backup in INCREMENT_MODE SNAPSHOT: what the overlays below that of the stored backup hold goes into
 * the disks; after a failure the overlays that it began go.
 */
export async function settleAfter({ argv, xml, log, signal }: ActionInput): Promise<void> {
  if (xml === "") return;
  const document = readVmDocument(xml);
  if (!document.isSnapshotMode) return;
  const { machine, vmDir, backupId, ...args } = parseBackupArguments(argv);
  const diskIds = args.diskIds.filter((id) => document.disks.get(id)?.format === "qcow2");
  const label = labelAfter(xml, backupId);
  if (label === null) {
    await foldOverlays({ machine, vmDir, log, signal }, diskIds);
    return;
  }
  const ground = { machine, vmDir, roots: await rootsOf(machine, vmDir, signal), log, signal };
  const failed: string[] = [];
  for (const diskId of diskIds) {
    const settled = await attempt(async () => await settleOff(ground, await readDisk(ground, diskId), label));
    // A disk without such an overlay records nothing, and the next backup says so.
    if (!settled.ok && !(settled.error instanceof NoIncrement)) failed.push(String(settled.error));
  }
  if (failed.length > 0) throw new DriverError(failed.join(" "));
}
