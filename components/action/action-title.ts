import type { ActionRow } from "@/server/domain/action";
import { KIND_WORDS } from "../lib/words";

/** What a run is, with its object: "Backup of db-01". */
export function actionTitle(action: Pick<ActionRow, "kind" | "vmId" | "vmName" | "imageId">): string {
  const name = action.vmName ?? (action.vmId === null ? null : `VM ${action.vmId}`);
  switch (action.kind) {
    case "backup":
    case "restore":
    case "restore-in-place":
    case "verify":
    case "boot-check":
    case "files-open":
      return name === null ? KIND_WORDS[action.kind] : `${KIND_WORDS[action.kind]} of ${name}`;
    case "instantiate":
      return name === null ? "Create VM" : `Create VM ${name}`;
    case "image-delete":
      return action.imageId === null ? "Delete image" : `Delete image ${action.imageId}`;
    case "increment-flatten":
      return name === null ? KIND_WORDS[action.kind] : `${KIND_WORDS[action.kind]} of ${name}`;
    case "disk-attach":
    case "disk-detach":
    case "disk-resize":
    case "disk-snapshot-create":
    case "disk-snapshot-revert":
    case "disk-snapshot-delete":
    case "snapshot-create":
    case "snapshot-revert":
    case "snapshot-delete":
      return name === null ? KIND_WORDS[action.kind] : `${KIND_WORDS[action.kind]}: ${name}`;
    case "vm-start":
    case "vm-poweroff":
    case "vm-reboot":
      return name === null ? KIND_WORDS[action.kind] : `${KIND_WORDS[action.kind]}: ${name}`;
    case "vm-delete":
      return name === null ? "Delete VM" : `Delete VM ${name}`;
    case "demo-change":
      return name === null ? KIND_WORDS[action.kind] : `Change data of ${name}`;
    case "demo-load":
    case "image-create":
    case "orphan-remove":
    case "catalogue-import":
      return KIND_WORDS[action.kind];
  }
}
