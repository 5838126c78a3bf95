/** `snapshot_create <deploy id> <snapshot id> <vm id> <host> [<libvirt URI>]` → `snap-<id>`. One that is there is fine. */
import { DriverError, defineAction } from "../../action";
import { isOverlayFile } from "../../tm/lib/overlay/stack";
import { parseDomain, parseHypervisor, parseSnapshot, parseVmId } from "../lib/arguments";
import { lookUpActive } from "../lib/domain";
import { keepDescriptions } from "../lib/snapshots";
import { onHypervisor } from "../lib/virsh";

/** Memory is written into the disk file: minutes for a large guest. */
const CREATE_MS = 60 * 60_000;

/** $1 domain, $2 name */
const CREATE = `
if vir snapshot-info --domain "$1" --snapshotname "$2" >/dev/null 2>&1; then exit 0; fi
vir snapshot-create-as --domain "$1" --name "$2" >/dev/null
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, snapshot, vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    const snap = parseSnapshot(snapshot);
    parseVmId(vm);
    const domain = await lookUpActive(at, name, signal);
    const overlaid = domain.disks.find((disk) => isOverlayFile(disk.source));
    if (overlaid !== undefined) {
      throw new DriverError(
        `${overlaid.target} of ${name} records its changes in an overlay (INCREMENT_MODE SNAPSHOT), which a snapshot would be lost with. Choose another mode, power the VM off, back it up and start it again.`,
      );
    }
    await onHypervisor(at, `take snapshot ${snap} of ${name}`, CREATE, [name, snap], { signal, timeoutMs: CREATE_MS });
    await keepDescriptions(at, domain, signal);
    return snap;
  },
});
