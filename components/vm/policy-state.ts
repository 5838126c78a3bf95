import type { z } from "zod";
import { t } from "@/components/i18n/t";
import type { BackupConfig, BackupConfigInput } from "@/server/domain/backup-config";
import { mergeBackupConfig } from "@/server/domain/backup-config-merge";
import { reasonOf } from "@/server/domain/errors";
import type { VmDetail, VmDisk } from "@/server/domain/vm";
import { isEligible } from "@/server/domain/vm-disks";

/** Every setting of the policy form; the document's "absent" has been replaced by what it means. */
export type PolicyValues = Required<Omit<BackupConfigInput, "leftOut">>;

/** The form as the VM's settings fill it. */
export function policyValues(config: BackupConfig): PolicyValues {
  return {
    mode: config.mode,
    incrementMode: config.incrementMode ?? "CBT",
    fsFreeze: config.fsFreeze,
    keepLast: config.keepLast,
    gfs: config.gfs,
    rpoMinutes: config.rpoMinutes,
    backupVolatile: config.backupVolatile,
    diskIds: config.diskIds,
  };
}

export interface PolicyEffect {
  /** Saving ends the open chain: the next backup is a full one. */
  closesChain: boolean;
  /** Why the core would refuse these settings, null when it takes them. */
  problem: string | null;
}

/**
 * What saving `values` does, by the very function the core saves with, so that the button cannot promise something
 * else. Without an open chain nothing is closed.
 */
export function policyEffect(
  vm: Pick<VmDetail, "backupConfig" | "canIncrement" | "cannotOverlayReason" | "disks">,
  values: PolicyValues,
): PolicyEffect {
  try {
    const merged = mergeBackupConfig(vm.backupConfig, policyInput(values), {
      append: true,
      canIncrement: vm.canIncrement,
      overlayBlock: vm.cannotOverlayReason,
      eligibleDiskIds: vm.disks.filter((disk) => isEligible(disk, values)).map((disk) => disk.diskId),
      onImpossible: "error",
    });
    const isOpen = vm.backupConfig.incrementalBackupId >= 0;
    return { closesChain: isOpen && merged.incrementalBackupId < 0, problem: null };
  } catch (error) {
    return { closesChain: false, problem: reasonOf(error) };
  }
}

/** The settings to send; disks that stopped being eligible (volatile ones, switched off) are taken off the list. */
export function policyInput(values: PolicyValues): BackupConfigInput {
  return { ...values, diskIds: [...values.diskIds].sort((a, b) => a - b) };
}

/** The disks that will be in the next backup with these values. */
export function includedDisks(
  disks: readonly VmDisk[],
  values: Pick<PolicyValues, "backupVolatile" | "diskIds">,
): VmDisk[] {
  return disks.filter(
    (disk) => isEligible(disk, values) && (values.diskIds.length === 0 || values.diskIds.includes(disk.diskId)),
  );
}

/**
 * The list after ticking or unticking a disk. The empty list means "all, also disks attached later": the first untick
 * turns it into a list of the others. Null when the last disk would go: a backup of nothing cannot be asked for.
 */
export function toggleDisk(
  disks: readonly VmDisk[],
  values: Pick<PolicyValues, "backupVolatile" | "diskIds">,
  diskId: number,
): number[] | null {
  const included = includedDisks(disks, values).map((disk) => disk.diskId);
  const next = included.includes(diskId) ? included.filter((id) => id !== diskId) : [...included, diskId];
  return next.length === 0 ? null : next.sort((a, b) => a - b);
}

/** The list when "back up volatile disks" is switched: ids that are no longer eligible would be refused. */
export function diskIdsAfterVolatile(
  disks: readonly VmDisk[],
  diskIds: readonly number[],
  backupVolatile: boolean,
): number[] {
  return diskIds.filter((id) => disks.some((disk) => disk.diskId === id && isEligible(disk, { backupVolatile })));
}

/** What is wrong with the numbers of the form, by field; empty when nothing is. */
export function policyErrors(error: z.ZodError | undefined): { keepLast?: string; gfs?: string; rpo?: string } {
  const errors: { keepLast?: string; gfs?: string; rpo?: string } = {};
  for (const { path } of error?.issues ?? []) {
    if (path[0] === "gfs" && path[1] === "zone")
      errors.gfs = t("This time zone is not known; use a name like Europe/Madrid.");
    else if (path[0] === "gfs") errors.gfs ??= "Give whole numbers from 0 to 1000.";
    else if (path[0] === "rpoMinutes") errors.rpo = t("Give 0.1 to 8760 hours, or nothing.");
    else errors.keepLast = t("Give a whole number from 0 to 10000.");
  }
  return errors;
}
