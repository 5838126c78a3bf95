import type { Template, TemplateVector } from "../../domain/template";
import { child, childText, idsOf, malformed, parseXml, templateOf, vectorOf, type XmlLimits } from "./parse";

/** What a restore and the drivers need of a VM document. Every value is the guest owner's: hostile. */
export interface ParsedVmDocument {
  id: number;
  name: string;
  uid: number;
  gid: number;
  userName: string;
  groupName: string;
  deployId: string;
  /** OpenNebula's numbers; -1 when the document does not say. */
  state: number;
  lcmState: number;
  template: Template;
  userTemplate: Template;
  /** BACKUPS/BACKUP_CONFIG; empty when never configured. */
  backupConfig: TemplateVector;
  backupIds: number[];
  /** Newest history record, null when it was never placed. */
  placement: { hostName: string; hostId: number; datastoreId: number; tmMad: string } | null;
}

/** Parse `<VM>…</VM>` (not base64). Throws XML_MALFORMED, also when it is not a VM document. */
export function parseVmDocument(xml: string, limits: XmlLimits = {}): ParsedVmDocument {
  const vm = parseXml(xml.trim(), limits);
  if (vm.name !== "VM") throw malformed("it is not a VM document");
  const id = number(childText(vm, "ID"));
  if (id < 0) throw malformed("it has no ID");
  const record = child(vm, "HISTORY_RECORDS")?.children.at(-1);
  return {
    id,
    name: childText(vm, "NAME") ?? "",
    uid: number(childText(vm, "UID")),
    gid: number(childText(vm, "GID")),
    userName: childText(vm, "UNAME") ?? "",
    groupName: childText(vm, "GNAME") ?? "",
    deployId: childText(vm, "DEPLOY_ID") ?? "",
    state: number(childText(vm, "STATE")),
    lcmState: number(childText(vm, "LCM_STATE")),
    template: templateOf(child(vm, "TEMPLATE")),
    userTemplate: templateOf(child(vm, "USER_TEMPLATE")),
    backupConfig: vectorOf(childOf(child(vm, "BACKUPS"), "BACKUP_CONFIG")),
    backupIds: idsOf(childOf(child(vm, "BACKUPS"), "BACKUP_IDS")),
    placement:
      record === undefined
        ? null
        : {
            hostName: childText(record, "HOSTNAME") ?? "",
            hostId: number(childText(record, "HID")),
            datastoreId: number(childText(record, "DS_ID")),
            tmMad: childText(record, "TM_MAD") ?? "",
          },
  };
}

function childOf(node: ReturnType<typeof child>, name: string): ReturnType<typeof child> {
  return node === undefined ? undefined : child(node, name);
}

/** -1 when it is not an id. */
function number(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text.trim()) ? Number(text) : -1;
}
