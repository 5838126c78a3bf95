import { DriverError } from "../../action";
import type { Hypervisor } from "./arguments";
import { type DomainInfo, readDomain } from "./domain-info";
import { onHypervisor } from "./virsh";

export interface Domain extends DomainInfo {
  /** Does QEMU run (also paused)? */
  isActive: boolean;
  /** Kept by libvirt when it is off. */
  isPersistent: boolean;
}

/** $1 domain. One header line, then libvirt's XML. */
const LOOK = `
state=$(state_of "$1")
if [ "$state" = missing ]; then echo missing; exit 0; fi
if is_persistent "$1"; then persistent=persistent; else persistent=transient; fi
echo "$persistent $state"
vir dumpxml --domain "$1"
`;

const MAX_XML = 2 * 1024 * 1024;

/** A domain as it is now; null when libvirt does not know it. */
export async function lookUp(at: Hypervisor, name: string, signal: AbortSignal): Promise<Domain | null> {
  const output = await onHypervisor(at, `look at the domain ${name}`, LOOK, [name], {
    signal,
    maxOutputBytes: MAX_XML,
  });
  const end = output.indexOf("\n");
  const [kind = "", ...state] = output.slice(0, end).trim().split(" ");
  if (kind === "missing" || output.trim() === "missing") return null;
  return {
    ...readDomain(output.slice(end + 1)),
    isActive: isActive(state.join(" ")),
    isPersistent: kind === "persistent",
  };
}

/** The same for a domain that must run. */
export async function lookUpActive(at: Hypervisor, name: string, signal: AbortSignal): Promise<Domain> {
  const domain = await lookUp(at, name, signal);
  if (domain === null || !domain.isActive) {
    throw new DriverError(`The domain ${name} does not run on ${at.machine.host}.`);
  }
  return domain;
}

/** Is there a QEMU behind this word of `virsh domstate`? */
export function isActive(state: string): boolean {
  return !["shut off", "crashed", "missing", "no state", ""].includes(state.trim());
}
