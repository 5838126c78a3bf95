import type { NetworkChoice } from "./restore";
import { type Template, type TemplateValue, type TemplateVector, vectors, withValues } from "./template";

/**
 * From the template of a backed-up VM to a template that makes a new one (drivers-and-core §9.1): what belonged to the
 * old VM's placement, addresses and identity goes, what describes the machine stays.
 */

const NIC_REMOVED = keys(
  "AR_ID BRIDGE BRIDGE_TYPE CLUSTER_ID NAME NETWORK_ID NIC_ID TARGET VLAN_ID VN_MAD VLAN_TAGGED_ID PHYDEV",
);

/** Removed from each vector of that name. CONTEXT also loses keys by pattern, NIC by its addresses. */
const REMOVED_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  DISK: keys(
    "ALLOW_ORPHANS CLONE CLONE_TARGET CLUSTER_ID DATASTORE DATASTORE_ID DISK_ID DISK_SNAPSHOT_TOTAL_SIZE DISK_TYPE DRIVER " +
      "IMAGE IMAGE_STATE IMAGE_UID IMAGE_UNAME LN_TARGET OPENNEBULA_MANAGED ORIGINAL_SIZE PERSISTENT READONLY SAVE " +
      "SOURCE TARGET TM_MAD FORMAT",
  ),
  NIC: NIC_REMOVED,
  GRAPHICS: keys("PORT"),
  CONTEXT: keys("DISK_ID"),
  NUMA_NODE: keys("CPUS MEMORY_NODE_ID NODE_ID"),
  OS: keys("UUID"),
  PCI: new Set([
    ...NIC_REMOVED,
    ...keys(
      "ADDRESS BUS DOMAIN FUNCTION NUMA_NODE PCI_ID SLOT VM_ADDRESS VM_BUS VM_DOMAIN VM_FUNCTION VM_SLOT SHORT_ADDRESS",
    ),
  ]),
};

const REMOVED_ATTRIBUTES = keys(
  "AUTOMATIC_DS_REQUIREMENTS AUTOMATIC_NIC_REQUIREMENTS AUTOMATIC_REQUIREMENTS VMID TEMPLATE_ID TM_MAD_SYSTEM " +
    "SECURITY_GROUP_RULE ERROR",
);

/** Not anchored, as in the reference: any key that contains ETH or PCI is generated from the NICs again. */
const CONTEXT_GENERATED = /ETH[0-9]?|PCI[0-9]?/;

const NO_IP_KEYS = keys("IP IP6 IP6_ULA IP6_GLOBAL MAC");

export interface RestoreTemplateInput {
  /** TEMPLATE of the backed-up document. */
  template: Template;
  /** USER_TEMPLATE; wins over TEMPLATE, but for DISK: the disks are the ones that were backed up. */
  userTemplate: Template;
  network: NetworkChoice;
  /** Disk id → image that was made of it. */
  restoredImages: ReadonlyMap<number, number>;
  name: string;
}

/**
 * The template of the restored VM. A disk that is neither restored nor a CD-ROM nor volatile is left out: it would
 * otherwise name the image of the original VM. The backup configuration is not part of a template and not restored.
 */
export function restoreTemplate(input: RestoreTemplateInput): Template {
  const merged = mergeUserTemplate(input.template, input.userTemplate);
  const entries = Object.entries(merged).flatMap(([name, values]): [string, TemplateValue[]][] => {
    if (REMOVED_ATTRIBUTES.has(name) || (name === "NIC" && input.network === "no_nic")) return [];
    const kept = values.flatMap((value) => cleanValue(name, value, input));
    return kept.length === 0 ? [] : [[name, kept]];
  });
  return withValues(Object.fromEntries(entries), "NAME", [input.name]);
}

/** The template as it was: TEMPLATE with USER_TEMPLATE on top, the "before" of the diff. */
export function mergeUserTemplate(template: Template, userTemplate: Template): Template {
  const { DISK: _disks, ...user } = userTemplate;
  return { ...template, ...user };
}

/** DISK_IDs of the DISK vectors that `restoreTemplate` keeps, in its order; -1 for a disk without an id. */
export function keptDiskIds(template: Template, restoredDiskIds: readonly number[]): number[] {
  return vectors(template, "DISK").flatMap((disk) => (isKept(disk, restoredDiskIds) ? [diskIdOf(disk)] : []));
}

function cleanValue(name: string, value: TemplateValue, input: RestoreTemplateInput): TemplateValue[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  const cleaned = name === "DISK" ? cleanDisk(value, input.restoredImages) : cleanVector(name, value, input.network);
  return cleaned === null || Object.keys(cleaned).length === 0 ? [] : [cleaned];
}

function cleanVector(name: string, vector: TemplateVector, network: NetworkChoice): TemplateVector {
  const removed = REMOVED_KEYS[name];
  const kept = filterKeys(vector, (key) => {
    if (name === "CONTEXT" && CONTEXT_GENERATED.test(key)) return false;
    return !(removed?.has(key) ?? false);
  });
  return name === "NIC" ? cleanAddresses(kept, network) : kept;
}

/** What an address implies is generated again: the MAC from the IP, the IPv6 addresses from the MAC. */
function cleanAddresses(nic: TemplateVector, network: NetworkChoice): TemplateVector {
  if (network === "no_ip") return filterKeys(nic, (key) => !NO_IP_KEYS.has(key));
  if (nic["IP"] !== undefined) return filterKeys(nic, (key) => key !== "MAC" && !key.startsWith("IP6"));
  if (nic["IP6"] !== undefined) return filterKeys(nic, (key) => key !== "MAC");
  return nic;
}

function cleanDisk(disk: TemplateVector, restoredImages: ReadonlyMap<number, number>): TemplateVector | null {
  if (!isKept(disk, [...restoredImages.keys()])) return null;
  const image = restoredImages.get(diskIdOf(disk));
  const staysVolatile = image === undefined && isVolatile(disk);
  const kept = filterKeys(disk, (key) => {
    if (REMOVED_KEYS["DISK"]?.has(key)) return false;
    if (key === "TYPE" || key === "SIZE") return staysVolatile;
    return key !== "IMAGE_ID" || (image === undefined && isCdrom(disk));
  });
  return image === undefined ? kept : { ...kept, IMAGE_ID: String(image) };
}

function isKept(disk: TemplateVector, restoredDiskIds: readonly number[]): boolean {
  return restoredDiskIds.includes(diskIdOf(disk)) || isVolatile(disk) || isCdrom(disk);
}

function isVolatile(disk: TemplateVector): boolean {
  return ["FS", "SWAP"].includes((disk["TYPE"] ?? "").toUpperCase());
}

function isCdrom(disk: TemplateVector): boolean {
  return ["CDROM", "RBD_CDROM"].includes((disk["TYPE"] ?? "").toUpperCase());
}

function diskIdOf(disk: TemplateVector): number {
  const id = disk["DISK_ID"];
  return id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : -1;
}

function filterKeys(vector: TemplateVector, keep: (key: string) => boolean): TemplateVector {
  return Object.fromEntries(Object.entries(vector).filter(([key, value]) => value !== "" && keep(key)));
}

function keys(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
