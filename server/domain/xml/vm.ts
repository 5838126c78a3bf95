import type { BackupConfig } from "../backup-config";
import { backupConfigVector } from "../backup-config-merge";
import type { ScheduledAction } from "../schedule/action";
import { type VmState, vmStateNumbers } from "../states";
import { type Template, withValues } from "../template";
import { SCHED_ACTION_ORDER, scheduleVector } from "./backup-job";
import { element, epochSeconds, idsElement, type Xml, yesNo } from "./builder";
import { type LockDocument, lockElements, type OwnedDocument, ownerElements, permissionsElement } from "./shared";
import { templateElement } from "./template-xml";

/** One placement or operation of a VM. Times are epoch ms, null when it did not happen. */
export interface HistoryDocument {
  seq: number;
  hostName: string;
  hostId: number;
  clusterId?: number;
  startedAt: number;
  endedAt: number | null;
  vmMad: string;
  tmMad: string;
  datastoreId: number;
  /** History action: 0 none, 50 backup, 52 backup-cancel, 60 restore. */
  action: number;
  /** Who asked, -1 unknown. */
  uid: number;
  gid: number;
  prologStartedAt?: number | null;
  prologEndedAt?: number | null;
  runStartedAt?: number | null;
  runEndedAt?: number | null;
  epilogStartedAt?: number | null;
  epilogEndedAt?: number | null;
  requestId?: number;
}

/** The snapshot tree of one disk. */
export interface DiskSnapshotsDocument {
  /** Null for the snapshots of an image. */
  diskId: number | null;
  allowOrphans: string;
  currentBase: number;
  nextSnapshot: number;
  snapshots: {
    id: number;
    isActive: boolean;
    children: readonly number[];
    /** Epoch ms. */
    at: number;
    name: string;
    parentId: number;
    sizeMb: number;
  }[];
}

/** Everything the VM document shows (vm.xsd, full form). */
export interface VmDocument extends OwnedDocument {
  state: VmState;
  prevState: VmState;
  /** Epoch ms; null when it was never polled. */
  lastPollAt?: number | null;
  isRescheduled?: boolean;
  startedAt: number;
  endedAt: number | null;
  deployId: string;
  lock?: LockDocument | null;
  template: Template;
  userTemplate: Template;
  /** Last error; shown as USER_TEMPLATE/ERROR. */
  error?: string | null;
  /** TM_MAD of the system datastore. */
  tmMadSystem: string;
  /** Oldest first. */
  history: readonly HistoryDocument[];
  diskSnapshots?: readonly DiskSnapshotsDocument[];
  backupConfig: BackupConfig;
  /** Ids of its backup images. */
  backupIds: readonly number[];
  /** Its scheduled actions; drivers have no use for them. */
  schedules?: readonly ScheduledAction[];
}

/**
 * Children of VM/TEMPLATE in the order of vm.xsd, which is nearly, but not quite, alphabetical. Others follow by name.
 */
const TEMPLATE_ORDER = (
  "AUTOMATIC_DS_REQUIREMENTS AUTOMATIC_NIC_REQUIREMENTS AUTOMATIC_REQUIREMENTS CLONING_TEMPLATE_ID CONTEXT CPU CPU_COST " +
  "DISK DISK_COST EMULATOR FEATURES HYPERV_OPTIONS GRAPHICS VIDEO IMPORTED INPUT MEMORY MEMORY_COST MEMORY_MAX " +
  "MEMORY_SLOTS MEMORY_RESIZE_MODE NIC NIC_ALIAS NIC_DEFAULT NUMA_NODE OS PCI QEMU_GA_EXEC RAW SECURITY_GROUP_RULE " +
  "SNAPSHOT SPICE_OPTIONS SUBMIT_ON_HOLD TEMPLATE_ID TM_MAD_SYSTEM TOPOLOGY TPM MEMORY_ENCRYPTION VCPU VCPU_MAX " +
  "VMGROUP VMID VROUTER_ID"
).split(" ");

/** The `<VM>` document that drivers, `vm.xml` of a backup and API clients read. */
export function vmXml(vm: VmDocument): Xml {
  const now = vmStateNumbers(vm.state);
  const before = vmStateNumbers(vm.prevState);
  const template = { ...vm.template, TM_MAD_SYSTEM: [vm.tmMadSystem], VMID: [String(vm.id)] };
  const userTemplate = vm.error ? withValues(vm.userTemplate, "ERROR", [vm.error]) : vm.userTemplate;
  return element("VM", [
    ...ownerElements(vm),
    permissionsElement(vm.permissions),
    element("LAST_POLL", epochSeconds(vm.lastPollAt ?? null)),
    element("STATE", now.state),
    element("LCM_STATE", now.lcmState),
    element("PREV_STATE", before.state),
    element("PREV_LCM_STATE", before.lcmState),
    element("RESCHED", vm.isRescheduled === true ? 1 : 0),
    element("STIME", epochSeconds(vm.startedAt)),
    element("ETIME", epochSeconds(vm.endedAt)),
    element("DEPLOY_ID", vm.deployId),
    ...lockElements(vm.lock),
    element("MONITORING"),
    idsElement(
      "SCHED_ACTIONS",
      (vm.schedules ?? []).map((schedule) => schedule.id),
    ),
    templateElement("TEMPLATE", withSchedules(template, vm.schedules ?? []), {
      order: TEMPLATE_ORDER,
      last: ["SCHED_ACTION"],
      vectorOrder: { SCHED_ACTION: SCHED_ACTION_ORDER },
    }),
    templateElement("USER_TEMPLATE", userTemplate),
    element(
      "HISTORY_RECORDS",
      vm.history.map((record) => historyElement(vm.id, record)),
    ),
    ...(vm.diskSnapshots ?? []).map(snapshotsElement),
    element("BACKUPS", [
      templateElement("BACKUP_CONFIG", textValues(backupConfigVector(vm.backupConfig))),
      idsElement(
        "BACKUP_IDS",
        [...vm.backupIds].sort((a, b) => a - b),
      ),
    ]),
  ]);
}

/** A disk's or an image's snapshots, shared with the IMAGE document. */
export function snapshotsElement(document: DiskSnapshotsDocument): Xml {
  return element("SNAPSHOTS", [
    element("ALLOW_ORPHANS", document.allowOrphans),
    element("CURRENT_BASE", document.currentBase),
    ...(document.diskId === null ? [] : [element("DISK_ID", document.diskId)]),
    element("NEXT_SNAPSHOT", document.nextSnapshot),
    ...document.snapshots.map((snapshot) =>
      element("SNAPSHOT", [
        ...(snapshot.isActive ? [element("ACTIVE", yesNo(true))] : []),
        ...(snapshot.children.length === 0 ? [] : [element("CHILDREN", snapshot.children.join(","))]),
        element("DATE", epochSeconds(snapshot.at)),
        element("ID", snapshot.id),
        element("NAME", snapshot.name),
        element("PARENT", snapshot.parentId),
        element("SIZE", snapshot.sizeMb),
      ]),
    ),
  ]);
}

function withSchedules(template: Template, schedules: readonly ScheduledAction[]): Template {
  return schedules.length === 0 ? template : withValues(template, "SCHED_ACTION", schedules.map(scheduleVector));
}

/** What the short form shows of TEMPLATE, in the order of vm_pool.xsd. */
const SHORT_TEMPLATE = ["CPU", "MEMORY", "VCPU", "DISK", "NIC", "GRAPHICS"];

/** What the short form of a VM shows. */
export interface ShortVmDocument
  extends OwnedDocument,
    Pick<
      VmDocument,
      | "state"
      | "lastPollAt"
      | "isRescheduled"
      | "startedAt"
      | "endedAt"
      | "deployId"
      | "template"
      | "userTemplate"
      | "error"
    > {
  lock?: Pick<LockDocument, "level"> | null;
  /** The newest record. */
  lastRecord: ShortHistoryDocument | null;
}

/** What the short form shows of a history record. */
export type ShortHistoryDocument = Pick<
  HistoryDocument,
  "seq" | "hostName" | "hostId" | "clusterId" | "datastoreId" | "vmMad" | "tmMad" | "action"
>;

/** A VM in `one.vmpool.info`: no permissions, no backups, the last history record (vm_pool.xsd, jobs-api-cli §5.5). */
export function shortVmXml(vm: ShortVmDocument): Xml {
  const now = vmStateNumbers(vm.state);
  const template = Object.fromEntries(
    SHORT_TEMPLATE.flatMap((name) => {
      const values = vm.template[name];
      return values === undefined ? [] : [[name, values] as const];
    }),
  );
  const userTemplate = vm.error ? withValues(vm.userTemplate, "ERROR", [vm.error]) : vm.userTemplate;
  return element("VM", [
    ...ownerElements(vm),
    element("LAST_POLL", epochSeconds(vm.lastPollAt ?? null)),
    element("STATE", now.state),
    element("LCM_STATE", now.lcmState),
    element("RESCHED", vm.isRescheduled === true ? 1 : 0),
    element("STIME", epochSeconds(vm.startedAt)),
    element("ETIME", epochSeconds(vm.endedAt)),
    element("DEPLOY_ID", vm.deployId),
    ...(vm.lock == null ? [] : [element("LOCK", [element("LOCKED", vm.lock.level)])]),
    templateElement("TEMPLATE", template, { order: SHORT_TEMPLATE }),
    element("MONITORING"),
    templateElement("USER_TEMPLATE", userTemplate),
    element("HISTORY_RECORDS", vm.lastRecord === null ? [] : [shortHistoryElement(vm.id, vm.lastRecord)]),
  ]);
}

function shortHistoryElement(vmId: number, record: ShortHistoryDocument): Xml {
  return element("HISTORY", [
    element("OID", vmId),
    element("SEQ", record.seq),
    element("HOSTNAME", record.hostName),
    element("HID", record.hostId),
    element("CID", record.clusterId ?? 0),
    element("DS_ID", record.datastoreId),
    element("VM_MAD", record.vmMad),
    element("TM_MAD", record.tmMad),
    element("ACTION", record.action),
  ]);
}

function historyElement(vmId: number, record: HistoryDocument): Xml {
  return element("HISTORY", [
    element("OID", vmId),
    element("SEQ", record.seq),
    element("HOSTNAME", record.hostName),
    element("HID", record.hostId),
    element("CID", record.clusterId ?? 0),
    element("STIME", epochSeconds(record.startedAt)),
    element("ETIME", epochSeconds(record.endedAt)),
    element("VM_MAD", record.vmMad),
    element("TM_MAD", record.tmMad),
    element("DS_ID", record.datastoreId),
    element("PLAN_ID", -1),
    element("ACTION_ID", -1),
    element("PSTIME", epochSeconds(record.prologStartedAt ?? null)),
    element("PETIME", epochSeconds(record.prologEndedAt ?? null)),
    element("RSTIME", epochSeconds(record.runStartedAt ?? null)),
    element("RETIME", epochSeconds(record.runEndedAt ?? null)),
    element("ESTIME", epochSeconds(record.epilogStartedAt ?? null)),
    element("EETIME", epochSeconds(record.epilogEndedAt ?? null)),
    element("ACTION", record.action),
    element("UID", record.uid),
    element("GID", record.gid),
    element("REQUEST_ID", record.requestId ?? -1),
  ]);
}

function textValues(vector: Record<string, string>): Template {
  return Object.fromEntries(Object.entries(vector).map(([key, value]) => [key, [value]]));
}
