import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import { BackupConfig } from "../../domain/backup-config";
import { VmDiskSnapshots } from "../../domain/disk-snapshots";
import { Template } from "../../domain/template";

/** A VM row with its JSON columns parsed. */
export function parseVm(row: Prisma.VmModel) {
  return {
    ...row,
    template: parseStored(Template, row.template),
    userTemplate: parseStored(Template, row.userTemplate),
    backupConfig: parseStored(BackupConfig, row.backupConfig),
    diskSnapshots: parseStored(VmDiskSnapshots, row.diskSnapshots),
  };
}

export type ParsedVm = ReturnType<typeof parseVm>;
