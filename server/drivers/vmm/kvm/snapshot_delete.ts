/** `snapshot_delete <deploy id> <snap-<id>> <vm id> <host> [<libvirt URI>]`. One that is gone is fine. */
import { defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseSnapshot, parseVmId } from "../lib/arguments";
import { lookUpActive } from "../lib/domain";
import { keepDescriptions } from "../lib/snapshots";
import { onHypervisor } from "../lib/virsh";

const DELETE_MS = 30 * 60_000;

/** $1 domain, $2 name */
const DELETE = `
if ! vir snapshot-info --domain "$1" --snapshotname "$2" >/dev/null 2>&1; then exit 0; fi
vir snapshot-delete --domain "$1" --snapshotname "$2" >/dev/null
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
    await onHypervisor(at, `delete snapshot ${snap} of ${name}`, DELETE, [name, snap], {
      signal,
      timeoutMs: DELETE_MS,
    });
    await keepDescriptions(at, domain, signal);
    return "";
  },
});
