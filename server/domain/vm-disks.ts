import type { BackupConfig } from "./backup-config";
import { isYes, type Template, type TemplateVector, text, vectors } from "./template";
import type { VmDisk } from "./vm";

/** What a DISK vector of a VM template says, before any backup setting is looked at. */
export interface DiskFacts extends Omit<VmDisk, "isIncluded" | "reason"> {
  /** TM_MAD of the disk itself; empty for volatile disks, which live on the system datastore. */
  tmMad: string;
  hasSnapshots: boolean;
  isLvmThin: boolean;
}

type DiskChoice = Pick<BackupConfig, "backupVolatile" | "diskIds">;

/** Transfer drivers that keep disks as plain files, where only qcow2 can carry a dirty bitmap. */
const FILE_TM_MADS: ReadonlySet<string> = new Set(["ssh", "local", "shared", "qcow2"]);
const LVM_TM_MADS: ReadonlySet<string> = new Set(["fs_lvm", "fs_lvm_ssh"]);

/** Every DISK of a VM template with a usable DISK_ID, by id. A repeated id keeps the first. */
export function readDisks(template: Template): DiskFacts[] {
  const disks = new Map<number, DiskFacts>();
  for (const vector of vectors(template, "DISK")) {
    const diskId = integer(vector["DISK_ID"]);
    if (diskId !== null && !disks.has(diskId)) disks.set(diskId, readDisk(diskId, vector));
  }
  return [...disks.values()].sort((a, b) => a.diskId - b.diskId);
}

function readDisk(diskId: number, vector: TemplateVector): DiskFacts {
  const type = (vector["TYPE"] ?? "").trim().toUpperCase();
  return {
    diskId,
    target: vector["TARGET"] ?? "",
    type,
    format: (vector["FORMAT"] ?? "").trim().toLowerCase(),
    sizeMb: integer(vector["SIZE"]) ?? 0,
    source: vector["SOURCE"] ?? "",
    imageId: integer(vector["IMAGE_ID"]),
    isVolatile: type === "FS" || type === "SWAP",
    tmMad: (vector["TM_MAD"] ?? "").trim().toLowerCase(),
    hasSnapshots: (integer(vector["DISK_SNAPSHOT_TOTAL_SIZE"]) ?? 0) > 0,
    isLvmThin: isYes(vector["LVM_THIN_ENABLE"]),
  };
}

/** Can a backup hold this disk (drivers-and-core §3.1), whatever DISK_IDS says? */
export function isEligible(disk: Pick<VmDisk, "type">, options: { backupVolatile: boolean }): boolean {
  return ineligibleReason(disk, options) === null;
}

/** Ids that DISK_IDS may name. */
export function eligibleDiskIds(template: Template, options: { backupVolatile: boolean }): number[] {
  return readDisks(template)
    .filter((disk) => isEligible(disk, options))
    .map((disk) => disk.diskId);
}

/**
 * Every disk with its place in the effective backup set. `reason` says why a disk is left out, or, for an included
 * one, what keeps it from being incremental. `tmMad`: of the system datastore, for disks that name none.
 */
export function effectiveDisks(template: Template, config: DiskChoice, options: { tmMad?: string } = {}): VmDisk[] {
  return readDisks(template).map((disk) => {
    const { tmMad: _tmMad, hasSnapshots: _hasSnapshots, isLvmThin: _isLvmThin, ...shown } = disk;
    const left = leftOutReason(disk, config);
    return {
      ...shown,
      isIncluded: left === null,
      reason: left ?? incrementBlock(disk, options.tmMad ?? ""),
    };
  });
}

export type CanIncrement =
  | { ok: true }
  | { ok: false; reason: "snapshots" | "disks"; text: string; diskId: number | null };

export interface CanIncrementOptions {
  /** TM_MAD of the VM's system datastore, for disks that name none. */
  tmMad: string;
  hasSystemSnapshots: boolean;
  /** Disks with disk snapshots (VM/SNAPSHOTS), on top of what the DISK vectors say. */
  snapshotDiskIds?: readonly number[];
}

/**
 * Why a VM cannot have INCREMENT_MODE SNAPSHOT, one sentence; null when it can. A domain that libvirt keeps, or that has a
 * name of its own, names its disk files itself: started without us it would write below the overlays.
 */
export function overlayBlock(vm: { id: number; deployId: string; template: Template }): string | null {
  if (!isYes(text(vm.template, "IMPORTED")) && (vm.deployId === "" || vm.deployId === `one-${vm.id}`)) return null;
  return "INCREMENT_MODE SNAPSHOT is for VMs whose domain Strata makes; this one was imported. Use CBT.";
}

/**
 * Can this VM be backed up in increments (drivers-and-core §3.2)? DISK_IDS does not narrow the test: one bad disk that
 * is not even selected disables increments, as in the reference. CD-ROMs are skipped on purpose: they are never
 * backed up, and the reference's refusal because of an attached ISO helps nobody.
 */
export function canIncrement(
  template: Template,
  config: Pick<BackupConfig, "backupVolatile">,
  options: CanIncrementOptions,
): CanIncrement {
  if (options.hasSystemSnapshots) {
    return { ok: false, reason: "snapshots", text: "The VM has snapshots. Delete them first.", diskId: null };
  }
  for (const disk of readDisks(template)) {
    if (!isEligible(disk, config)) continue;
    const hasSnapshots = disk.hasSnapshots || (options.snapshotDiskIds ?? []).includes(disk.diskId);
    const why = incrementBlock({ ...disk, hasSnapshots }, options.tmMad);
    if (why !== null) return { ok: false, reason: "disks", text: why, diskId: disk.diskId };
  }
  return { ok: true };
}

/** MiB a full backup may take at worst: the virtual sizes of the included disks (drivers-and-core §2.2). */
export function estimateMb(template: Template, config: DiskChoice): number {
  return readDisks(template)
    .filter((disk) => leftOutReason(disk, config) === null)
    .reduce((sum, disk) => sum + disk.sizeMb, 0);
}

function leftOutReason(disk: DiskFacts, config: DiskChoice): string | null {
  const ineligible = ineligibleReason(disk, config);
  if (ineligible !== null) return ineligible;
  if (config.diskIds.length === 0 || config.diskIds.includes(disk.diskId)) return null;
  return "Not in the list of disks to back up.";
}

function ineligibleReason(disk: Pick<VmDisk, "type">, { backupVolatile }: { backupVolatile: boolean }): string | null {
  switch (disk.type.toUpperCase()) {
    case "SWAP":
      return "Swap disks are never backed up.";
    case "CDROM":
    case "RBD_CDROM":
      return "CD-ROMs are never backed up.";
    case "FILESYSTEM":
      return "Shared folders cannot be backed up.";
    case "FS":
      return backupVolatile ? null : "Volatile disks are left out by the backup settings.";
    default:
      return null;
  }
}

/** Why this disk cannot be backed up in increments, null when it can. */
function incrementBlock(disk: DiskFacts, systemTmMad: string): string | null {
  const tmMad = disk.tmMad || systemTmMad.toLowerCase();
  if (disk.hasSnapshots) return `Disk ${disk.diskId} has disk snapshots. Delete them to back up increments.`;
  if (LVM_TM_MADS.has(tmMad) && !disk.isLvmThin) {
    return `Disk ${disk.diskId} is on LVM without thin volumes: full backups only.`;
  }
  const isFile = FILE_TM_MADS.has(tmMad) || tmMad === "";
  if (isFile && disk.format !== "qcow2") {
    return `Disk ${disk.diskId} has format ${disk.format || "raw"}, not qcow2: full backups only.`;
  }
  return null;
}

function integer(value: string | undefined): number | null {
  return value !== undefined && /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : null;
}
