import { reasonOf } from "../../../../domain/errors";
import { attempt } from "../../../../lib/outcome";
import { type ActionInput, DriverError } from "../../../action";
import { parseId, parsePlace } from "../arguments";
import { rootsOf } from "../probe";
import { beginOverlays, foldOverlays, readDisk } from "./fold";
import { recordableDisks } from "./prebackup";
import { stackOf } from "./stack";

/** No backup has this number: such an overlay only gives QEMU a name by which a later one can be put on it. */
const NO_INCREMENT = 999_999_998;

/**
 * `overlay <host>:<vm_dir> <vm id> begin|fold <disk ids ':'>` (ours), before a VM is started. `begin`: qcow2 disks without
 * overlay get one, so that INCREMENT_MODE SNAPSHOT can record their changes while the VM runs. `fold`: overlays are merged
 * back. A disk where that is not possible is named in the log and stays as it is: the VM can be started all the same.
 */
export async function prepareOverlays({ argv, signal, log }: ActionInput): Promise<string> {
  const { machine, path: vmDir } = parsePlace(argv[0]);
  parseId(argv[1], "VM id");
  const diskIds = (argv[3] ?? "").split(":").flatMap((word) => (word === "" ? [] : [parseId(word, "disk id")]));
  if (argv[2] !== "begin" && argv[2] !== "fold") throw new DriverError("Expected begin or fold.");
  if (argv[2] === "fold") {
    const folded = await attempt(() => foldOverlays({ machine, vmDir, log, signal }, diskIds));
    if (!folded.ok) log.warn(`Overlays of the disks stay: ${reasonOf(folded.error)}`);
    return "";
  }
  const ground = { machine, vmDir, roots: await rootsOf(machine, vmDir, signal), log, signal };
  for (const diskId of diskIds) {
    const begun = await attempt(async () => {
      const source = await readDisk(ground, diskId);
      if (stackOf(source) !== null) return;
      await beginOverlays(ground, recordableDisks([source], log), { incrementId: NO_INCREMENT, backupId: null });
    });
    if (!begun.ok) log.warn(`Changes of disk ${diskId} are not recorded while the VM runs: ${reasonOf(begun.error)}`);
  }
  return "";
}
