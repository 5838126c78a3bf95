/**
 * Every state of every object, and which event may move it.
 *
 * Numbers are OpenNebula's (drivers-and-core §1.1), so that API clients read what they expect. A VM's pair
 * (STATE, LCM_STATE) is folded into one name here; the pair is written only into XML documents.
 * The tables are the truth: `server/core/transition.ts` moves objects by them, the UI and the tests read them.
 */

/** name → [STATE, LCM_STATE] */
export const VM_STATES = {
  INIT: [0, 0],
  PENDING: [1, 0],
  HOLD: [2, 0],
  PROLOG: [3, 1],
  BOOT: [3, 2],
  RUNNING: [3, 3],
  EPILOG: [3, 11],
  SHUTDOWN: [3, 12],
  UNKNOWN: [3, 16],
  HOTPLUG: [3, 17],
  SHUTDOWN_POWEROFF: [3, 18],
  HOTPLUG_SNAPSHOT: [3, 24],
  HOTPLUG_PROLOG_POWEROFF: [3, 33],
  HOTPLUG_EPILOG_POWEROFF: [3, 34],
  PROLOG_FAILURE: [3, 39],
  EPILOG_FAILURE: [3, 40],
  DISK_SNAPSHOT_POWEROFF: [3, 51],
  DISK_SNAPSHOT_REVERT_POWEROFF: [3, 52],
  DISK_SNAPSHOT_DELETE_POWEROFF: [3, 53],
  DISK_SNAPSHOT: [3, 57],
  DISK_SNAPSHOT_DELETE: [3, 59],
  DISK_RESIZE_POWEROFF: [3, 63],
  BACKUP: [3, 69],
  BACKUP_POWEROFF: [3, 70],
  RESTORE: [3, 71],
  STOPPED: [4, 0],
  SUSPENDED: [5, 0],
  DONE: [6, 0],
  POWEROFF: [8, 0],
  UNDEPLOYED: [9, 0],
} as const satisfies Record<string, readonly [number, number]>;

export type VmState = keyof typeof VM_STATES;

export const IMAGE_STATES = {
  INIT: 0,
  READY: 1,
  USED: 2,
  DISABLED: 3,
  LOCKED: 4,
  ERROR: 5,
  CLONE: 6,
  DELETE: 7,
  USED_PERS: 8,
  LOCKED_USED: 9,
  LOCKED_USED_PERS: 10,
} as const;

export type ImageState = keyof typeof IMAGE_STATES;

/** States of one requested operation (a row of `Action`). */
export const ACTION_STATES = ["PENDING", "RUNNING", "DONE", "FAILED", "CANCELLED"] as const;
export type ActionState = (typeof ACTION_STATES)[number];

export type Transition<S extends string, E extends string> = readonly [from: S, event: E, to: S];

export type VmEvent =
  | "backup"
  | "backup.end"
  | "instantiate"
  | "prolog.done"
  | "prolog.failed"
  | "prolog.retry"
  | "disk"
  | "disk.end"
  | "attach"
  | "detach"
  | "disk-snapshot.create"
  | "disk-snapshot.revert"
  | "disk-snapshot.delete"
  | "disk-resize"
  | "snapshot"
  | "operation.end"
  | "restore"
  | "restore.end"
  | "start"
  | "start.done"
  | "start.failed"
  | "poweroff"
  | "poweroff.done"
  | "poweroff.failed"
  | "delete.stopped"
  | "seen-running"
  | "seen-off"
  | "lost"
  | "delete"
  | "delete.cancelled"
  | "epilog.done"
  | "epilog.failed";

export const VM_TRANSITIONS = [
  ["RUNNING", "backup", "BACKUP"],
  ["BACKUP", "backup.end", "RUNNING"], // the guest never stopped: a failed backup leaves it where it was
  ["POWEROFF", "backup", "BACKUP_POWEROFF"],
  ["BACKUP_POWEROFF", "backup.end", "POWEROFF"],
  ["INIT", "instantiate", "PROLOG"],
  ["PROLOG", "prolog.done", "POWEROFF"],
  ["PROLOG", "prolog.failed", "PROLOG_FAILURE"],
  ["PROLOG_FAILURE", "prolog.retry", "PROLOG"],
  ["POWEROFF", "disk", "HOTPLUG_PROLOG_POWEROFF"], // something writes to a disk of a powered-off VM
  ["HOTPLUG_PROLOG_POWEROFF", "disk.end", "POWEROFF"],
  // Disks and snapshots: whatever the outcome, the VM goes back to where it was.
  ["RUNNING", "attach", "HOTPLUG"],
  ["RUNNING", "detach", "HOTPLUG"],
  ["HOTPLUG", "operation.end", "RUNNING"],
  ["POWEROFF", "attach", "HOTPLUG_PROLOG_POWEROFF"],
  ["HOTPLUG_PROLOG_POWEROFF", "operation.end", "POWEROFF"],
  ["POWEROFF", "detach", "HOTPLUG_EPILOG_POWEROFF"],
  ["HOTPLUG_EPILOG_POWEROFF", "operation.end", "POWEROFF"],
  ["RUNNING", "disk-snapshot.create", "DISK_SNAPSHOT"],
  ["DISK_SNAPSHOT", "operation.end", "RUNNING"],
  ["POWEROFF", "disk-snapshot.create", "DISK_SNAPSHOT_POWEROFF"],
  ["DISK_SNAPSHOT_POWEROFF", "operation.end", "POWEROFF"],
  ["POWEROFF", "disk-snapshot.revert", "DISK_SNAPSHOT_REVERT_POWEROFF"],
  ["DISK_SNAPSHOT_REVERT_POWEROFF", "operation.end", "POWEROFF"],
  ["RUNNING", "disk-snapshot.delete", "DISK_SNAPSHOT_DELETE"],
  ["DISK_SNAPSHOT_DELETE", "operation.end", "RUNNING"],
  ["POWEROFF", "disk-snapshot.delete", "DISK_SNAPSHOT_DELETE_POWEROFF"],
  ["DISK_SNAPSHOT_DELETE_POWEROFF", "operation.end", "POWEROFF"],
  ["POWEROFF", "disk-resize", "DISK_RESIZE_POWEROFF"],
  ["DISK_RESIZE_POWEROFF", "operation.end", "POWEROFF"],
  ["RUNNING", "snapshot", "HOTPLUG_SNAPSHOT"],
  ["HOTPLUG_SNAPSHOT", "operation.end", "RUNNING"],
  ["POWEROFF", "restore", "RESTORE"],
  ["RESTORE", "restore.end", "POWEROFF"], // with the old disks or with the new ones
  ["POWEROFF", "start", "BOOT"],
  ["BOOT", "start.done", "RUNNING"],
  ["BOOT", "start.failed", "POWEROFF"],
  ["RUNNING", "poweroff", "SHUTDOWN_POWEROFF"],
  ["UNKNOWN", "poweroff", "SHUTDOWN_POWEROFF"],
  ["SHUTDOWN_POWEROFF", "poweroff.done", "POWEROFF"],
  ["SHUTDOWN_POWEROFF", "poweroff.failed", "RUNNING"],
  // What the host says: somebody started or stopped the guest outside, or the host does not answer.
  ["RUNNING", "seen-off", "POWEROFF"],
  ["POWEROFF", "seen-running", "RUNNING"],
  ["RUNNING", "lost", "UNKNOWN"],
  ["UNKNOWN", "seen-running", "RUNNING"],
  ["UNKNOWN", "seen-off", "POWEROFF"],
  ["RUNNING", "delete", "SHUTDOWN"], // the guest is cut off first
  ["SHUTDOWN", "delete.stopped", "EPILOG"],
  ["SHUTDOWN", "delete.cancelled", "RUNNING"],
  ["POWEROFF", "delete", "EPILOG"],
  ["PROLOG_FAILURE", "delete", "EPILOG"],
  ["EPILOG_FAILURE", "delete", "EPILOG"],
  ["EPILOG", "delete.cancelled", "POWEROFF"], // before anything was removed
  ["EPILOG", "epilog.done", "DONE"],
  ["EPILOG", "epilog.failed", "EPILOG_FAILURE"],
] as const satisfies readonly Transition<VmState, VmEvent>[];

export type ImageEvent =
  | "copy"
  | "copy.done"
  | "copy.failed"
  | "use"
  | "release"
  | "delete"
  | "delete.cancelled"
  | "delete.failed"
  | "flatten"
  | "flatten.end";

export const IMAGE_TRANSITIONS = [
  ["INIT", "copy", "LOCKED"],
  ["LOCKED", "copy.done", "READY"],
  ["LOCKED", "copy.failed", "ERROR"],
  ["READY", "use", "USED"],
  ["USED", "use", "USED"],
  ["USED", "release", "READY"],
  ["READY", "delete", "DELETE"],
  ["ERROR", "delete", "DELETE"],
  ["LOCKED", "delete", "DELETE"],
  ["DELETE", "delete", "DELETE"], // asked again after a crash
  ["DELETE", "delete.cancelled", "READY"], // before anything was removed
  ["DELETE", "delete.failed", "ERROR"],
  ["READY", "flatten", "LOCKED"],
  ["LOCKED", "flatten.end", "READY"],
] as const satisfies readonly Transition<ImageState, ImageEvent>[];

export type ActionEvent = "start" | "succeed" | "fail" | "cancel";

export const ACTION_TRANSITIONS = [
  ["PENDING", "start", "RUNNING"],
  ["PENDING", "cancel", "CANCELLED"],
  ["PENDING", "fail", "FAILED"],
  ["RUNNING", "succeed", "DONE"],
  ["RUNNING", "fail", "FAILED"],
  ["RUNNING", "cancel", "CANCELLED"],
] as const satisfies readonly Transition<ActionState, ActionEvent>[];

/** The state that `event` leads to from `from`, or null when the table has no such row. */
export function nextState<S extends string, E extends string>(
  table: readonly Transition<S, E>[],
  from: S,
  event: E,
): S | null {
  return table.find(([f, e]) => f === from && e === event)?.[2] ?? null;
}

/** Is the operation over? */
export function isFinal(state: ActionState): boolean {
  return state === "DONE" || state === "FAILED" || state === "CANCELLED";
}

/** OpenNebula's numbers of a VM state, as its documents carry them. */
export function vmStateNumbers(state: VmState): { state: number; lcmState: number } {
  const [s, lcm] = VM_STATES[state];
  return { state: s, lcmState: lcm };
}

/** The VM states in which a backup is running. */
export const BACKUP_STATES: readonly VmState[] = ["BACKUP", "BACKUP_POWEROFF"];

/** VM states in which the backup settings may change (drivers-and-core §3.5). */
export const CONFIGURABLE_STATES: readonly VmState[] = ["PENDING", "HOLD", "RUNNING", "POWEROFF", "UNDEPLOYED"];
