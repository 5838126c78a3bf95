import type { BackupConfig } from "../../domain/backup-config";

/** The settings of a VM that is not being backed up: LAST_* are facts of a running backup and go with its end. */
export function idleConfig(config: BackupConfig): BackupConfig {
  return { ...config, lastDatastoreId: null, lastBackupId: null, lastBackupSizeMb: null, lastBackupFormat: null };
}
