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
  "datastore/rm": { stdin: "base64", timeoutMs: HOUR },
  "datastore/stat": { stdin: "base64", timeoutMs: 90_000 },
  "datastore/ls": { stdin: "raw", timeoutMs: 90_000 },
  "datastore/verify": { stdin: "raw", timeoutMs: COPY_MS },
  "datastore/list": { stdin: "base64", timeoutMs: 10 * MINUTE },
  "datastore/cp": { stdin: "base64", timeoutMs: COPY_MS },
  "datastore/mkfs": { stdin: "base64", timeoutMs: 5 * MINUTE },
  "tm/prebackup": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/postbackup": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/adopt": { stdin: "none", timeoutMs: MINUTE },
  "tm/clone": { stdin: "none", timeoutMs: COPY_MS },
  "tm/ln": { stdin: "none", timeoutMs: COPY_MS },
  "tm/mkimage": { stdin: "none", timeoutMs: 10 * MINUTE },
  "tm/restore": { stdin: "raw", timeoutMs: COPY_MS },
  "tm/postrestore": { stdin: "raw", timeoutMs: 10 * MINUTE },
  "tm/delete": { stdin: "none", timeoutMs: 10 * MINUTE },
};
