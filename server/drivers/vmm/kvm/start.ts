/**
 * `start <deploy id> <vm id> <host> [<libvirt URI>]` (ours): start a domain that libvirt keeps, as it is defined there.
 * For imported VMs, whose definition may hold devices that no VM document describes. → its UUID.
 */
import { DriverError, defineAction, throwIfCancelled } from "../../action";
import { parseDomain, parseHypervisor, parseVmId } from "../lib/arguments";
import { lookUp } from "../lib/domain";
import { onHypervisor } from "../lib/virsh";

const START_MS = 180_000;

/** $1 domain */
const START = `vir start --domain "$1" >/dev/null`;
const DESTROY = `vir destroy --domain "$1" >/dev/null 2>&1 || true`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    parseVmId(vm);
    const domain = await lookUp(at, name, signal);
    if (domain === null) {
      throw new DriverError(`${at.machine.host} has no domain named ${name} any more. Define it there again.`);
    }
    if (domain.isActive) return domain.uuid;
    const always = new AbortController().signal;
    await onHypervisor(at, `start ${name}`, START, [name], { signal: always, timeoutMs: START_MS });
    if (signal.aborted) await onHypervisor(at, `stop ${name} again`, DESTROY, [name], { signal: always });
    throwIfCancelled(signal);
    return domain.uuid;
  },
});
