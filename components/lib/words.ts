import { words } from "@/components/i18n/t";
import type { ActionKind, ActionPhase } from "@/server/domain/action";

/** What a run is called. */
export const KIND_WORDS: Record<ActionKind, string> = words({
  backup: "Backup",
  restore: "Restore",
  "restore-in-place": "Restore in place",
  "image-create": "Create image",
  instantiate: "Create VM",
  "image-delete": "Delete image",
  "increment-flatten": "Merge old points",
  "vm-delete": "Delete VM",
  "vm-start": "Start",
  "vm-poweroff": "Power off",
  "vm-reboot": "Reboot",
  "disk-attach": "Attach disk",
  "disk-detach": "Detach disk",
  "disk-resize": "Resize disk",
  "disk-snapshot-create": "Disk snapshot",
  "disk-snapshot-revert": "Revert disk",
  "disk-snapshot-delete": "Delete disk snapshot",
  "snapshot-create": "Snapshot",
  "snapshot-revert": "Revert VM",
  "snapshot-delete": "Delete snapshot",
  verify: "Verify",
  "boot-check": "Boot check",
  "files-open": "Open files",
  "orphan-remove": "Remove leftovers",
  "catalogue-import": "Read backups in",
  "demo-load": "Load demo machines",
  "demo-change": "Change demo machine",
});

/** What a run is doing, in words. */
export const PHASE_WORDS: Record<ActionPhase, string> = words({
  queued: "Queued",
  preparing: "Preparing",
  copying: "Copying",
  uploading: "Uploading",
  finishing: "Finishing",
  safety: "Making the safety point",
  restoring: "Restoring",
  registering: "Registering",
  instantiating: "Creating the VM",
  deleting: "Deleting",
  flattening: "Flattening",
  starting: "Starting the guest",
  stopping: "Waiting for the guest",
  verifying: "Reading and comparing",
  booting: "Booting",
  cleaning: "Cleaning up",
});
