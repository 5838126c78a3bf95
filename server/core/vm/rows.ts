import type { Prisma } from "../../db/client";
import { BackupConfig } from "../../domain/backup-config";
import { VmDiskSnapshots } from "../../domain/disk-snapshots";
import { Template } from "../../domain/template";

/** A VM row with its JSON columns parsed. */
export function parseVm(row: Prisma.VmModel) {
  return {
    ...row,
    template: Template.parse(row.template),
    userTemplate: Template.parse(row.userTemplate),
    backupConfig: BackupConfig.parse(row.backupConfig),
    diskSnapshots: VmDiskSnapshots.parse(row.diskSnapshots),
  };
}

export type ParsedVm = ReturnType<typeof parseVm>;
