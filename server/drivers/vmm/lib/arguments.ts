/**
 * The argv of vmm actions (docs/drivers.md): what OpenNebula gives, then `<vm id> <host>`, then our `[<libvirt URI>]`.
 * Everything in it is checked before it reaches virsh or a path.
 */
import { AbsolutePath, HostAddress } from "../../../domain/datastore";
import { DiskTarget, DomainName, LibvirtUri } from "../../../domain/libvirt/grammar";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";

/** The libvirt of a host. */
export interface Hypervisor {
  machine: Machine;
  /** Empty: LIBVIRT_DEFAULT_URI where virsh runs, else qemu:///system. */
  uri: string;
}

/** `<host> [<libvirt URI>]` */
export function parseHypervisor(host: string | undefined, uri: string | undefined): Hypervisor {
  const name = HostAddress.safeParse(host);
  if (!name.success) throw new DriverError(`"${host ?? ""}" is not a host name or IP address.`);
  const word = uri === undefined || uri === "-" ? "" : uri;
  if (word !== "" && !LibvirtUri.safeParse(word).success) {
    throw new DriverError(`LIBVIRT_URI "${word}" cannot be used; use qemu:///system or qemu:///session.`);
  }
  return { machine: { host: name.data }, uri: word };
}

export function parseVmId(word: string | undefined): number {
  if (word === undefined || !/^\d{1,9}$/.test(word)) throw new DriverError(`"${word ?? ""}" is not a VM id.`);
  return Number(word);
}

export function parseDomain(word: string | undefined): string {
  const name = DomainName.safeParse(word);
  if (!name.success) throw new DriverError(`"${word ?? ""}" is not the name of a libvirt domain.`);
  return name.data;
}

export function parseTarget(word: string | undefined): string {
  const target = DiskTarget.safeParse(word);
  if (!target.success) throw new DriverError(`"${word ?? ""}" is not a disk target such as vda.`);
  return target.data;
}

export function parsePath(word: string | undefined): string {
  const path = AbsolutePath.safeParse(word);
  if (!path.success) throw new DriverError(`"${word ?? ""}" is not a path that can be used here.`);
  return path.data;
}

/** `snap-<id>`, OpenNebula's name of a system snapshot; the bare id is taken too. */
export function parseSnapshot(word: string | undefined): string {
  const [, id] = /^(?:snap-)?(\d{1,9})$/.exec(word ?? "") ?? [];
  if (id === undefined) throw new DriverError(`"${word ?? ""}" is not the name of a system snapshot (snap-<id>).`);
  return `snap-${Number(id)}`;
}
