/** `reboot <deploy id> <host> <vm id> <host> [<libvirt URI>]`: ask the guest to restart; does not wait for it. */
import { defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseVmId } from "../lib/arguments";
import { lookUpActive } from "../lib/domain";
import { onHypervisor } from "../lib/virsh";

/** $1 domain */
const REBOOT = `vir reboot --domain "$1" >/dev/null`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, , vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    parseVmId(vm);
    await lookUpActive(at, name, signal);
    await onHypervisor(at, `restart ${name}`, REBOOT, [name], { signal });
    return "";
  },
});
