/** What a domain is, read from libvirt's XML. Names and paths in it are other people's: only text, never commands. */
import { parseXml, type XmlElement } from "../../xml";

export interface DomainDisk {
  target: string;
  /** `disk`, `cdrom`, `floppy`, `lun`. */
  device: string;
  /** libvirt's type: file, block, network, volume, dir, …. */
  type: string;
  /** Of the driver element: qcow2, raw, …; empty when it does not say. */
  format: string;
  /** Path, or `<protocol>:<name>` for a network disk; empty for an empty drive. */
  source: string;
  isReadonly: boolean;
}

export interface DomainNic {
  mac: string;
  /** libvirt's type: network, bridge, user, …. */
  type: string;
  /** Name of the network or bridge. */
  network: string;
  model: string;
}

export interface DomainInfo {
  name: string;
  uuid: string;
  vcpus: number;
  memoryMib: number;
  machine: string;
  arch: string;
  hasAgent: boolean;
  disks: DomainDisk[];
  nics: DomainNic[];
  /** Folder of the VM, from OpenNebula's metadata; empty when the domain is not of its kind. */
  vmDir: string;
}

/** Throws DriverError when it is no domain document. */
export function readDomain(xml: string): DomainInfo {
  const root = parseXml(xml);
  return {
    name: root.text("name"),
    uuid: root.text("uuid").toLowerCase(),
    vcpus: vcpusOf(root),
    memoryMib: mebibytes(root.first("currentMemory") ?? root.first("memory")),
    machine: root.first("os/type")?.attribute("machine") ?? "",
    arch: root.first("os/type")?.attribute("arch") ?? "",
    hasAgent: root
      .all("devices/channel/target")
      .some((target) => target.attribute("name") === "org.qemu.guest_agent.0"),
    disks: root.all("devices/disk").map(readDisk),
    nics: root.all("devices/interface").map(readNic),
    vmDir: vmDirOf(root),
  };
}

function vcpusOf(root: XmlElement): number {
  const current = root.first("vcpu")?.attribute("current") ?? "";
  const text = current === "" ? root.text("vcpu") : current;
  return /^\d{1,4}$/.test(text) ? Number(text) : 1;
}

/** libvirt's units: KiB when it says nothing. */
function mebibytes(memory: XmlElement | null): number {
  if (memory === null || !/^\d{1,18}$/.test(memory.value)) return 0;
  const bytes = Number(memory.value) * (UNITS[memory.attribute("unit") || "KiB"] ?? 1024);
  return Math.max(1, Math.round(bytes / 1024 / 1024));
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1000,
  k: 1024,
  KiB: 1024,
  MB: 1000 ** 2,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1000 ** 3,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
};

function readDisk(disk: XmlElement): DomainDisk {
  const source = disk.first("source");
  const protocol = source?.attribute("protocol") ?? "";
  const name = source?.attribute("name") ?? "";
  const place = ["file", "dev", "volume", "dir"]
    .map((word) => source?.attribute(word) ?? "")
    .find((word) => word !== "");
  return {
    target: disk.first("target")?.attribute("dev") ?? "",
    device: disk.attribute("device") || "disk",
    type: disk.attribute("type"),
    format: disk.first("driver")?.attribute("type") ?? "",
    source: protocol === "" ? (place ?? "") : `${protocol}:${name}`,
    isReadonly: disk.first("readonly") !== null,
  };
}

function readNic(nic: XmlElement): DomainNic {
  const source = nic.first("source");
  return {
    mac: nic.first("mac")?.attribute("address") ?? "",
    type: nic.attribute("type"),
    network: source?.attribute("network") || source?.attribute("bridge") || source?.attribute("dev") || "",
    model: nic.first("model")?.attribute("type") ?? "",
  };
}

function vmDirOf(root: XmlElement): string {
  for (const vm of root.first("metadata")?.children() ?? []) {
    if (!/(^|:)vm$/.test(vm.name)) continue;
    const place = vm.children().find((each) => /(^|:)system_datastore$/.test(each.name));
    if (place !== undefined) return place.value;
  }
  return "";
}
