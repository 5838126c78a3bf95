import type { BackupConfig } from "./backup-config";
import { closeIfOpen } from "./backup-config-merge";
import type { Template } from "./template";
import { effectiveDisks } from "./vm-disks";

/**
 * What happens to the open chain when a VM changes (drivers-and-core §3.4). Each rule takes the settings and answers the
 * settings; a chain that is closed says why, for the people who wonder about the next full backup.
 */

/** Disk `diskId` is in the template now. Only a disk of the effective set matters: with DISK_IDS a new one never is. */
export function afterAttach(config: BackupConfig, template: Template, diskId: number): BackupConfig {
  if (!isIncluded(config, template, diskId)) return config;
  return { ...config, ...closeIfOpen(config, `disk ${diskId} was attached`) };
}

/**
 * Disk `diskId` is gone; `before` still has it. It also leaves DISK_IDS: the last one to leave makes the list empty,
 * which means all disks, as in the reference.
 */
export function afterDetach(config: BackupConfig, before: Template, diskId: number): BackupConfig {
  const wasIncluded = isIncluded(config, before, diskId);
  const diskIds = config.diskIds.filter((id) => id !== diskId);
  const widened = config.diskIds.length > 0 && diskIds.length === 0;
  if (!wasIncluded && !widened) return { ...config, diskIds };
  return { ...config, diskIds, ...closeIfOpen(config, `disk ${diskId} was detached`) };
}

/** The content of disk `diskId` was replaced: what its bitmap says is no longer true. */
export function afterDiskRevert(config: BackupConfig, diskId: number, snapshot: string): BackupConfig {
  return { ...config, ...closeIfOpen(config, `disk ${diskId} was put back to snapshot ${snapshot}`) };
}

/** All disks were put back. */
export function afterSystemRevert(config: BackupConfig, snapshot: string): BackupConfig {
  return { ...config, ...closeIfOpen(config, `the VM was put back to snapshot ${snapshot}`) };
}

/** The size of disk `diskId` changed: an increment on top of the old size would restore a disk that is cut off. */
export function afterResize(config: BackupConfig, template: Template, diskId: number): BackupConfig {
  if (!isIncluded(config, template, diskId)) return config;
  return { ...config, ...closeIfOpen(config, `disk ${diskId} was resized`) };
}

function isIncluded(config: BackupConfig, template: Template, diskId: number): boolean {
  return effectiveDisks(template, config).some((disk) => disk.diskId === diskId && disk.isIncluded);
}

export interface NextBackup {
  type: "FULL" | "INCREMENT";
  /** Why it is a full one, one sentence; null for an increment. */
  reason: string | null;
}

/** What the next backup is and why. `hasPoints`: the VM was backed up before. */
export function nextBackup(config: BackupConfig, hasPoints: boolean): NextBackup {
  if (config.mode !== "INCREMENT") return { type: "FULL", reason: "The backup mode is Full." };
  if (config.lastIncrementId !== -1) return { type: "INCREMENT", reason: null };
  if (config.closedReason !== null) return { type: "FULL", reason: sentence(config.closedReason) };
  return {
    type: "FULL",
    reason: hasPoints ? "No chain is open: the next backup starts one." : "It is the first backup of this VM.",
  };
}

function sentence(reason: string): string {
  const text = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
