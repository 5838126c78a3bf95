/** `snapshot_revert <deploy id> <snap-<id>> <vm id> <host> [<libvirt URI>]`: memory and disks as they were then. */
import { defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseSnapshot, parseVmId } from "../lib/arguments";
import { lookUpActive } from "../lib/domain";
import { onHypervisor } from "../lib/virsh";

const REVERT_MS = 60 * 60_000;

/** $1 domain, $2 name. `--force`: libvirt is careful with snapshots that it was told of again. */
const REVERT = `vir snapshot-revert --domain "$1" --snapshotname "$2" --force`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, snapshot, vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    const snap = parseSnapshot(snapshot);
    parseVmId(vm);
    await lookUpActive(at, name, signal);
    await onHypervisor(at, `revert ${name} to ${snap}`, REVERT, [name, snap], { signal, timeoutMs: REVERT_MS });
    return "";
  },
});
