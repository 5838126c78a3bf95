import { z } from "zod";
import { HostAddress } from "./datastore";
import { ObjectId, ObjectName } from "./ids";
import { CpuSet, DomainName, DomainUuid, LibvirtUri } from "./libvirt/grammar";
import type { VmState } from "./states";

/** What is known of a host's libvirt; `unknown` until it was asked. */
export type HostHealth = "ok" | "unreachable" | "unknown";

export interface HostRow {
  id: number;
  name: string;
  /** Is it this machine, used without ssh? */
  isLocal: boolean;
  health: HostHealth;
  /** Why the last poll failed. */
  error: string | null;
  /** Epoch ms of libvirt's last answer; null: never. */
  polledAt: number | null;
  /** Living VMs, and how many of them run. */
  vmCount: number;
  runningCount: number;
  /** How guests run, from the last connection test; null: not tried yet. */
  acceleration: "kvm" | "qemu" | null;
}

export interface HostDetail extends HostRow {
  attributes: HostAttributes;
  createdAt: number;
  /** VMs that the asking user may see. */
  vms: { id: number; name: string; state: VmState; deployId: string; isImported: boolean }[];
  may: { manage: boolean };
}

/** How guests of a host run; `auto`: as the connection test found. */
export const DOMAIN_TYPES = ["auto", "kvm", "qemu"] as const;

/** Attributes of a host that an administrator sets. */
export const HostAttributes = z.object({
  libvirtUri: LibvirtUri.nullable().default(null),
  /** CPUs of the emulator threads (drivers-and-core §10). */
  emulatorCpus: CpuSet.nullable().default(null),
  domainType: z.enum(DOMAIN_TYPES).default("auto"),
  /** Seconds a guest has to shut down. */
  shutdownSeconds: z.number().int().min(1).max(3600).default(120),
});
export type HostAttributes = z.infer<typeof HostAttributes>;

export const CreateHost = HostAttributes.extend({
  /** What ssh is given; `localhost` is this machine. */
  name: HostAddress,
});
export type CreateHost = z.infer<typeof CreateHost>;

export const UpdateHost = HostAttributes.extend({ hostId: ObjectId });
export type UpdateHost = z.infer<typeof UpdateHost>;

export const HostRef = z.object({ hostId: ObjectId });

export const HOST_TEST_STAGES = ["connect", "libvirt", "tools", "acceleration"] as const;
export type HostTestStage = (typeof HOST_TEST_STAGES)[number];
export interface HostTestResult {
  stages: { stage: HostTestStage; state: "ok" | "failed" | "skipped"; detail: string }[];
  isOk: boolean;
  acceleration: "kvm" | "qemu" | null;
}

/** A domain of a host, as the driver's `list` tells it. */
export const ListedDomain = z.object({
  name: z.string(),
  uuid: z.string(),
  state: z.enum(["running", "paused", "off"]),
  isPersistent: z.boolean(),
  cpus: z.number().int(),
  memoryMib: z.number().int(),
  machine: z.string(),
  arch: z.string(),
  hasAgent: z.boolean(),
  disks: z.array(
    z.object({
      target: z.string(),
      device: z.string(),
      type: z.string(),
      format: z.string(),
      source: z.string(),
      isReadonly: z.boolean(),
      /** Virtual size; null: not known. */
      bytes: z.number().nullable(),
    }),
  ),
  nics: z.array(z.object({ mac: z.string(), type: z.string(), network: z.string(), model: z.string() })),
});
export type ListedDomain = z.infer<typeof ListedDomain>;

export const UnreadableDomain = z.object({ uuid: z.string(), error: z.string() });

export interface HostDomain extends ListedDomain {
  /** The VM that it is already; null when it is none. */
  vmId: number | null;
  /** Why it cannot be imported, null when it can. */
  reason: string | null;
}

export const ImportDomain = z.object({
  hostId: ObjectId,
  uuid: DomainUuid,
  /** Null: the domain's own name. */
  name: ObjectName.nullable().default(null),
  systemDatastoreId: ObjectId.default(0),
});
export type ImportDomain = z.infer<typeof ImportDomain>;

/** Why a domain cannot become a VM; null when it can. A VM that is protected in part only would be worse than none. */
export function importReason(domain: ListedDomain): string | null {
  if (!DomainName.safeParse(domain.name).success) return "Its name cannot be used here.";
  const disks = importedDisks(domain);
  if (disks.length === 0) return "It has no disk file.";
  const odd = disks.find((disk) => disk.type !== "file" || disk.device !== "disk");
  if (odd !== undefined) {
    return `Its disk ${odd.target} is no file (${odd.type === "file" ? odd.device : odd.type}): only disk files can be imported.`;
  }
  const format = disks.find((disk) => disk.format !== "qcow2" && disk.format !== "raw");
  if (format !== undefined)
    return `Its disk ${format.target} has format ${format.format || "unknown"}: only qcow2 and raw can be imported.`;
  if (disks.some((disk) => disk.source === "")) return "One of its disks has no file.";
  return null;
}

/** What of a domain becomes a disk with data: no CD-ROMs and floppies. */
export function importedDisks(domain: ListedDomain): ListedDomain["disks"] {
  return domain.disks.filter((disk) => disk.device !== "cdrom" && disk.device !== "floppy");
}
