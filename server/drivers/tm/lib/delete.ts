import { type ActionInput, DriverError } from "../../action";
import { parseId, parsePlace } from "./arguments";
import { onHost } from "./host";
import { foldOverlays } from "./overlay/fold";

/**
 * $1 vm_dir, $2 the disk's file name or empty. A vm_dir that is a link is only unlinked, so nothing outside goes; `rm`
 * does not follow links below it. Layers of a disk in INCREMENT_MODE SNAPSHOT lie in `disk.<n>.snap`.
 */
const DELETE_SCRIPT = `
set -eu
if [ -z "$2" ]; then target=$1; else target=$1/$2; fi
if [ -n "$2" ] && [ -L "$1" ]; then echo "$1 is a link: nothing is deleted behind it." >&2; exit 1; fi
rm -rf --one-file-system -- "$target"
if [ -n "$2" ]; then rm -rf --one-file-system -- "$target.snap"; fi
parent=$(dirname -- "$target")
if [ -d "$parent" ]; then sync -- "$parent"; fi
`;

/** `delete`: `<host>:<vm_dir>[/disk.<n>] <vm id> <system ds id>`. Missing is fine. */
export async function deleteDisks({ argv, signal, log }: ActionInput): Promise<string> {
  const { machine, path } = parsePlace(argv[0]);
  const vmId = parseId(argv[1], "VM id");
  // The worst a wrong word could do is delete another folder, so the path must be what the ids say.
  const [, vmDir, folderId, disk = ""] = /^(\/.+\/\d{1,9}\/(\d{1,9}))(?:\/(disk\.\d{1,6}))?$/.exec(path) ?? [];
  if (vmDir === undefined || Number(folderId) !== vmId) {
    throw new DriverError(`${path} is not a folder of VM ${vmId}: expected …/<datastore>/${vmId}[/disk.<n>].`);
  }
  // A file that was registered, or a persistent image, stays: what the overlay has recorded belongs in it.
  const diskIds = disk === "" ? null : [Number(disk.slice("disk.".length))];
  await foldOverlays({ machine, vmDir, log, signal }, diskIds, "linked");
  await onHost(machine, "delete the disks", DELETE_SCRIPT, [vmDir, disk], { signal });
  return "";
}
