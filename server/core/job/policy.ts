import type { BackupConfig } from "../../domain/backup-config";
import { mergeBackupConfig } from "../../domain/backup-config-merge";
import type { JobPolicy, JobSettings } from "../../domain/job/job";
import { text } from "../../domain/template";
import { canIncrement, eligibleDiskIds, overlayBlock } from "../../domain/vm-disks";
import type { ParsedVm } from "../vm/rows";

const DAY_MS = 86_400_000;

/** A VM's settings with the policy of its job. Append mode: what the job does not say stays; a VM that cannot do increments falls back to full ones. */
export function mergePolicy(vm: ParsedVm, settings: JobSettings): BackupConfig {
  const { keepLast, backupVolatile, fsFreeze, mode, incrementMode, diskIds } = settings;
  const possible = canIncrement(
    vm.template,
    { backupVolatile },
    { tmMad: text(vm.template, "TM_MAD_SYSTEM") ?? "", hasSystemSnapshots: "SNAPSHOT" in vm.template },
  );
  return mergeBackupConfig(
    vm.backupConfig,
    {
      keepLast,
      gfs: settings.policy.gfs,
      backupVolatile,
      fsFreeze,
      mode,
      ...(incrementMode === null ? {} : { incrementMode }),
      ...(diskIds === null ? {} : { diskIds }),
    },
    {
      append: true,
      canIncrement: possible.ok,
      overlayBlock: overlayBlock(vm),
      eligibleDiskIds: eligibleDiskIds(vm.template, { backupVolatile }),
      onImpossible: "downgrade",
    },
  );
}

/** Planned chain reset: after so many runs, or when the chain is so many days old. Times in epoch ms. */
export function isChainDue(
  chain: { points: number; firstAt: number | null },
  { newChain }: JobPolicy,
  now: number,
): boolean {
  if (newChain.everyRuns > 0 && chain.points >= newChain.everyRuns) return true;
  return newChain.everyDays > 0 && chain.firstAt !== null && now - chain.firstAt >= newChain.everyDays * DAY_MS;
}
