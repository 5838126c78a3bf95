import type { ActionRow } from "@/server/domain/action";
import { t } from "../i18n/t";
import { KIND_WORDS } from "../lib/words";

/** What a run is, with its object: "Backup of db-01". */
export function actionTitle(action: Pick<ActionRow, "kind" | "vmId" | "vmName" | "imageId">): string {
  const name = action.vmName ?? (action.vmId === null ? null : t("VM {vmId}", { vmId: action.vmId }));
  switch (action.kind) {
    case "backup":
    case "restore":
    case "restore-in-place":
    case "verify":
    case "boot-check":
    case "files-open":
      return name === null ? KIND_WORDS[action.kind] : t("{kind} of {name}", { kind: KIND_WORDS[action.kind], name });
    case "instantiate":
      return name === null ? t("Create VM") : t("Create VM {name}", { name });
    case "image-delete":
      return action.imageId === null ? t("Delete image") : t("Delete image {imageId}", { imageId: action.imageId });
    case "increment-flatten":
      return name === null ? KIND_WORDS[action.kind] : t("{kind} of {name}", { kind: KIND_WORDS[action.kind], name });
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
      return name === null ? t("Delete VM") : t("Delete VM {name}", { name });
    case "demo-change":
      return name === null ? KIND_WORDS[action.kind] : t("Change data of {name}", { name });
    case "demo-load":
    case "image-create":
    case "orphan-remove":
    case "catalogue-import":
      return KIND_WORDS[action.kind];
  }
}
