import type { TemplateVector } from "../template";
import type { Xml } from "../xml/builder";
import { DiskTarget, HostPath, Word } from "./grammar";
import { tag } from "./markup";
import { refuse } from "./refusal";
import { oneOf, parse } from "./values";

export interface DiskPlace {
  vmId: number;
  /** Folder of the VM on its host; disk n is `<vmDir>/disk.<n>`. */
  vmDir: string;
  /** q35 has no IDE. */
  isQ35: boolean;
  /** Boot order of this disk, from 1; undefined: not booted from. */
  bootOrder?: number;
}

/** Reads and writes reach the disk itself: what the guest has flushed survives the host (OpenNebula's default too). */
const DEFAULT_CACHE = "none";
/** Blocks that the guest frees become holes, so that thin disks and full backups stay small. */
const DEFAULT_DISCARD = "unmap";

const CACHES = ["default", "none", "writethrough", "writeback", "directsync", "unsafe"];
const FORMATS = ["qcow2", "raw"];

/**
 * `<disk>` of a DISK vector.
 * @throws AppError VM_NOT_DEPLOYABLE when a value cannot be what it claims to be
 */
export function diskElement(disk: TemplateVector, place: DiskPlace): Xml {
  const type = (disk["TYPE"] ?? "").trim().toUpperCase();
  const isCdrom = type === "CDROM" || type === "RBD_CDROM";
  const isRbd = type.startsWith("RBD") || (disk["TM_MAD"] ?? "").trim().toLowerCase() === "ceph";
  const target = parse(DiskTarget, disk["TARGET"] ?? "", place.vmId, `TARGET of disk ${disk["DISK_ID"] ?? ""}`);
  const isReadonly = isCdrom || isYesWord(disk["READONLY"]);
  const content = [
    tag("driver", driverAttributes(disk, { isCdrom, isRbd, vmId: place.vmId })),
    ...(isRbd ? rbdSource(disk, place) : fileSource(disk, place, isCdrom)),
    tag("target", { dev: target, bus: busOf(target, { isCdrom, isQ35: place.isQ35 }) }),
    ...(place.bootOrder === undefined ? [] : [tag("boot", { order: place.bootOrder })]),
    ...(isReadonly ? [tag("readonly")] : []),
    ...(isYesWord(disk["SHAREABLE"]) ? [tag("shareable")] : []),
    ...iotune(disk, place.vmId),
  ];
  return tag("disk", { type: isRbd ? "network" : "file", device: isCdrom ? "cdrom" : "disk" }, content);
}

/** Does a disk need a SCSI controller? */
export function needsScsi(disk: TemplateVector): boolean {
  return (disk["TARGET"] ?? "").startsWith("sd");
}

function driverAttributes(disk: TemplateVector, at: { isCdrom: boolean; isRbd: boolean; vmId: number }) {
  const what = `disk ${disk["DISK_ID"] ?? ""}`;
  const format = (disk["FORMAT"] ?? disk["DRIVER"] ?? "raw").trim().toLowerCase();
  // Never guessed from the bytes: a raw disk stays raw whatever the guest writes into its first sector.
  const type = at.isRbd || at.isCdrom ? "raw" : oneOf(format, FORMATS, at.vmId, `FORMAT of ${what}`);
  const cache = oneOf((disk["CACHE"] ?? DEFAULT_CACHE).toLowerCase(), CACHES, at.vmId, `CACHE of ${what}`);
  const io = disk["IO"] === undefined ? undefined : oneOf(disk["IO"].toLowerCase(), IO_MODES, at.vmId, `IO of ${what}`);
  const discard = oneOf((disk["DISCARD"] ?? DEFAULT_DISCARD).toLowerCase(), DISCARDS, at.vmId, `DISCARD of ${what}`);
  return {
    name: "qemu",
    type,
    cache: cache === "default" ? undefined : cache,
    // libvirt refuses native I/O through the page cache.
    io: io === "native" && cache !== "none" && cache !== "directsync" ? undefined : io,
    discard: at.isCdrom ? undefined : discard,
  };
}

const IO_MODES = ["threads", "native", "io_uring"];
const DISCARDS = ["unmap", "ignore"];

function fileSource(disk: TemplateVector, place: DiskPlace, isCdrom: boolean): Xml[] {
  const id = disk["DISK_ID"] ?? "";
  if (!/^\d{1,6}$/.test(id)) throw refuse(place.vmId, `A disk has no DISK_ID.`);
  // An ISO that was never copied is read where it lies; an empty drive has no file at all.
  if (isCdrom && disk["IMAGE_ID"] === undefined) {
    const file = disk["SOURCE"] ?? "";
    return file === "" ? [] : [tag("source", { file: parse(HostPath, file, place.vmId, `SOURCE of disk ${id}`) })];
  }
  return [tag("source", { file: `${place.vmDir}/disk.${id}` })];
}

/** An RBD image, named as OpenNebula's ceph driver names it. */
function rbdSource(disk: TemplateVector, place: DiskPlace): Xml[] {
  const id = disk["DISK_ID"] ?? "";
  const what = `disk ${id}`;
  const { vmId } = place;
  const source = disk["SOURCE"] ?? "";
  const pool = parse(Word, disk["POOL_NAME"] ?? source.split("/")[0] ?? "", vmId, `POOL_NAME of ${what}`);
  const isOwn =
    disk["PERSISTENT"] === "YES" || disk["CLONE"] === "NO" || (disk["TYPE"] ?? "").toUpperCase() === "RBD_CDROM";
  const image = source.split("/")[1] ?? "";
  const name =
    source === ""
      ? `one-sys-${vmId}-${id}`
      : isOwn
        ? parse(Word, image, vmId, `SOURCE of ${what}`)
        : `${parse(Word, image, vmId, `SOURCE of ${what}`)}-${vmId}-${id}`;
  const hosts = (disk["CEPH_HOST"] ?? "").split(/\s+/).filter((word) => word !== "");
  const user = disk["CEPH_USER"];
  const secret = disk["CEPH_SECRET"];
  return [
    ...(user === undefined || secret === undefined
      ? []
      : [
          tag("auth", { username: parse(Word, user, vmId, `CEPH_USER of ${what}`) }, [
            tag("secret", { type: "ceph", uuid: parse(Word, secret, vmId, `CEPH_SECRET of ${what}`) }),
          ]),
        ]),
    tag(
      "source",
      { protocol: "rbd", name: `${pool}/${name}` },
      hosts.map((host) => monitorElement(host, vmId, what)),
    ),
  ];
}

/** `name`, `name:port`, `[v6]`, `[v6]:port`. */
function monitorElement(word: string, vmId: number, what: string): Xml {
  const [, v6, plain, port] =
    /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9.-]{0,252}))(?::(\d{1,5}))?$/.exec(word) ?? [];
  if (v6 === undefined && plain === undefined) throw refuse(vmId, `CEPH_HOST of ${what} names "${word}".`);
  return tag("host", { name: v6 ?? plain, port });
}

function busOf(target: string, at: { isCdrom: boolean; isQ35: boolean }): string {
  if (target.startsWith("vd")) return at.isCdrom ? "sata" : "virtio";
  if (target.startsWith("sd")) return "scsi";
  if (target.startsWith("xvd")) return "xen";
  return at.isQ35 ? "sata" : "ide";
}

const TUNABLES = [
  "TOTAL_BYTES_SEC",
  "READ_BYTES_SEC",
  "WRITE_BYTES_SEC",
  "TOTAL_IOPS_SEC",
  "READ_IOPS_SEC",
  "WRITE_IOPS_SEC",
];

function iotune(disk: TemplateVector, vmId: number): Xml[] {
  const limits = TUNABLES.flatMap((name) => {
    const value = disk[name];
    if (value === undefined || value === "") return [];
    if (!/^\d{1,15}$/.test(value)) throw refuse(vmId, `${name} of disk ${disk["DISK_ID"] ?? ""} is not a number.`);
    return [tag(name.toLowerCase(), {}, value)];
  });
  return limits.length === 0 ? [] : [tag("iotune", {}, limits)];
}

function isYesWord(value: string | undefined): boolean {
  return value?.trim().toUpperCase() === "YES";
}
