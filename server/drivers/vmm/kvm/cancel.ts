/** `cancel <deploy id> <host> <vm id> <host> [<libvirt URI>]`: cut the power. A domain that is off or gone is fine. */
import { DriverError, defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseVmId } from "../lib/arguments";
import { onHypervisor } from "../lib/virsh";

/** QEMU may hang in the kernel on a dead disk; libvirt itself gives up after some seconds. */
const TRIES = 30;

/** $1 domain, $2 tries */
const CANCEL = `
n=0
while :; do
  state=$(state_of "$1")
  case "$state" in "shut off" | missing | crashed) echo off; exit 0 ;; esac
  if [ "$n" -ge "$2" ]; then echo running; exit 0; fi
  vir destroy --domain "$1" >/dev/null || true
  n=$((n + 1)); sleep 0.2
done
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, , vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    parseVmId(vm);
    const answer = await onHypervisor(at, `power ${name} off`, CANCEL, [name, String(TRIES)], { signal });
    if (answer.trim() !== "off") throw new DriverError(`Could not power ${name} off on ${at.machine.host}.`);
    return "";
  },
});
