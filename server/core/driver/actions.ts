/** How each driver action takes its document, and how long it may take. A table, never an `if` (docs/drivers.md). */
export type StdinForm = "raw" | "base64" | "none";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Copies of whole disks: only a hang is cut off, never a slow but moving transfer of a large disk. */
const COPY_MS = 48 * HOUR;

export const DRIVER_ACTIONS: Record<string, { stdin: StdinForm; timeoutMs: number }> = {
  "datastore/monitor": { stdin: "base64", timeoutMs: 2 * MINUTE },
  "datastore/test": { stdin: "base64", timeoutMs: MINUTE },
  "datastore/backup": { stdin: "raw", timeoutMs: COPY_MS },
  "datastore/backup_cancel": { stdin: "raw", timeoutMs: 5 * MINUTE },
  "datastore/increment_flatten": { stdin: "base64", timeoutMs: COPY_MS },
  "datastore/rm": { stdin: "base64", timeoutMs: HOUR },
  "datastore/stat": { stdin: "base64", timeoutMs: 90_000 },
  "datastore/ls": { stdin: "raw", timeoutMs: 90_000 },
  "datastore/verify": { stdin: "raw", timeoutMs: COPY_MS },
  "datastore/list": { stdin: "base64", timeoutMs: 10 * MINUTE },
  "datastore/describe": { stdin: "base64", timeoutMs: 10 * MINUTE },
  "datastore/changes": { stdin: "raw", timeoutMs: 5 * MINUTE },
  "datastore/cp": { stdin: "base64", timeoutMs: COPY_MS },
  "datastore/mkfs": { stdin: "base64", timeoutMs: 5 * MINUTE },
  "vmm/boot_check": { stdin: "raw", timeoutMs: 20 * MINUTE },
  "tm/prebackup": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/prebackup_live": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/postbackup_live": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/postbackup": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/adopt": { stdin: "raw", timeoutMs: MINUTE },
  "tm/clone": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/ln": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/mkimage": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/restore": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/postrestore": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/delete": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/snap_create": { stdin: "none", timeoutMs: HOUR },
  "tm/snap_create_live": { stdin: "none", timeoutMs: HOUR },
  "tm/snap_delete": { stdin: "none", timeoutMs: HOUR },
  "tm/snap_delete_live": { stdin: "none", timeoutMs: HOUR },
  "tm/snap_revert": { stdin: "none", timeoutMs: HOUR },
  "tm/resize": { stdin: "none", timeoutMs: 10 * MINUTE },
  "tm/overlay": { stdin: "none", timeoutMs: HOUR },
  "vmm/deploy": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "vmm/start": { stdin: "none", timeoutMs: 10 * MINUTE },
  // The guest's time to shut down is one of its arguments, an hour at most.
  "vmm/shutdown": { stdin: "none", timeoutMs: 2 * HOUR + 5 * MINUTE },
  "vmm/cancel": { stdin: "none", timeoutMs: 5 * MINUTE },
  "vmm/reboot": { stdin: "none", timeoutMs: 2 * MINUTE },
  "vmm/poll": { stdin: "none", timeoutMs: 30_000 },
  "vmm/attach_disk": { stdin: "raw", timeoutMs: 5 * MINUTE },
  "vmm/detach_disk": { stdin: "none", timeoutMs: 5 * MINUTE },
  "vmm/snapshot_create": { stdin: "none", timeoutMs: 2 * HOUR },
  "vmm/snapshot_revert": { stdin: "none", timeoutMs: 2 * HOUR },
  "vmm/snapshot_delete": { stdin: "none", timeoutMs: HOUR },
  "vmm/list": { stdin: "none", timeoutMs: 2 * MINUTE },
  "vmm/test": { stdin: "none", timeoutMs: 2 * MINUTE },
};
