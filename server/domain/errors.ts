/**
 * Every error the product can answer with: a code, a kind that each transport maps once, and a sentence that tells
 * the operator what to do next. Add a row here; never throw a bare Error for something a user can cause.
 */
export type ErrorKind =
  | "authentication"
  | "denied"
  | "not_found"
  | "invalid"
  | "conflict" // the object is in a state that forbids this now
  | "capacity"
  | "driver"
  | "unavailable"
  | "cancelled"
  | "internal";

interface ErrorRow {
  kind: ErrorKind;
  // biome-ignore lint/suspicious/noExplicitAny: each row types its own data; AppError recovers it by code.
  text: (data: any) => string;
}

export const ERRORS = {
  SIGN_IN_FAILED: { kind: "authentication", text: () => "The user name or the password is wrong." },
  NOT_SIGNED_IN: { kind: "authentication", text: () => "Please sign in first." },
  TOO_MANY_ATTEMPTS: {
    kind: "authentication",
    text: (d: { retrySeconds: number }) => `Too many attempts. Try again in ${d.retrySeconds} seconds.`,
  },
  NOT_AUTHORIZED: {
    kind: "denied",
    text: (d: { right: string; object: string; id: number }) =>
      `You need the ${d.right} right on ${d.object} ${d.id}. Its owner or an administrator can grant it.`,
  },
  ADMIN_ONLY: {
    kind: "denied",
    text: (d: { what: string }) => `Only an administrator may ${d.what}.`,
  },
  NOT_FOUND: {
    kind: "not_found",
    text: (d: { object: string; id: number | string }) => `${d.object} ${d.id} does not exist.`,
  },
  ACTOR_GONE: {
    kind: "denied",
    text: (d: { name: string }) =>
      `The user ${d.name}, who asked for this, is disabled or gone. Somebody with the right must start it again.`,
  },
  INVALID_INPUT: { kind: "invalid", text: (d: { message: string }) => d.message },
  NAME_TAKEN: {
    kind: "invalid",
    text: (d: { object: string; name: string }) =>
      `A ${d.object} named "${d.name}" already exists. Choose another name.`,
  },
  TEMPLATE_SYNTAX: {
    kind: "invalid",
    text: (d: { message: string; line: number; column: number }) =>
      `Parse error: ${d.message} at line ${d.line}, column ${d.column}`,
  },
  XML_MALFORMED: { kind: "invalid", text: (d: { message: string }) => `The XML document cannot be read: ${d.message}` },
  VM_WRONG_STATE: {
    kind: "conflict",
    text: (d: { vmId: number; state: string; event: string }) =>
      `VM ${d.vmId} is in state ${d.state}, which does not allow "${d.event}". Wait until the running operation ends.`,
  },
  VM_OPERATION_STATE: {
    kind: "conflict",
    text: (d: { what: string; state: string }) => `${d.what}, wrong state ${d.state}.`,
  },
  SNAPSHOT_WITH_INCREMENTS: {
    kind: "conflict",
    text: (d: { operation: string }) =>
      `Action "${d.operation}" is not compatible with incremental backups. Set the backup mode to Full first.`,
  },
  DISK_NOT_FOUND: {
    kind: "not_found",
    text: (d: { vmId: number; diskId: number }) => `VM ${d.vmId} has no disk ${d.diskId}.`,
  },
  DISK_DETACH_UNKNOWN: {
    kind: "not_found",
    text: (d: { diskId: number }) => `Could not detach disk with DISK_ID ${d.diskId}, it does not exist.`,
  },
  DISK_REFUSED: { kind: "conflict", text: (d: { message: string }) => d.message },
  SNAPSHOT_NOT_FOUND: {
    kind: "not_found",
    text: (d: { snapshotId: number; of: string }) => `${d.of} has no snapshot ${d.snapshotId}.`,
  },
  IMAGE_WRONG_STATE: {
    kind: "conflict",
    text: (d: { imageId: number; state: string; event: string }) =>
      `Image ${d.imageId} is in state ${d.state}, which does not allow "${d.event}".`,
  },
  ACTION_WRONG_STATE: {
    kind: "conflict",
    text: (d: { actionId: number; state: string; event: string }) =>
      `Run ${d.actionId} is ${d.state.toLowerCase()}; it can no longer ${d.event}.`,
  },
  VM_NOT_DEPLOYABLE: {
    kind: "invalid",
    text: (d: { vmId: number; message: string }) => `VM ${d.vmId} cannot be started: ${d.message}`,
  },
  HOST_IN_USE: {
    kind: "conflict",
    text: (d: { hostId: number; vms: number }) =>
      `Host ${d.hostId} still has ${d.vms} ${d.vms === 1 ? "VM" : "VMs"}. Delete them first.`,
  },
  USER_IN_USE: {
    kind: "conflict",
    text: (d: { name: string; objects: number }) =>
      `${d.name} still owns ${d.objects} ${d.objects === 1 ? "object" : "objects"}. Give them to somebody else first, or disable the user.`,
  },
  GROUP_IN_USE: {
    kind: "conflict",
    text: (d: { name: string; members: number; objects: number }) =>
      `The group ${d.name} still has ${d.members} ${d.members === 1 ? "member" : "members"} and ${d.objects} ${d.objects === 1 ? "object" : "objects"}. Move them to another group first.`,
  },
  VM_IN_BACKUP_JOB: {
    kind: "internal",
    text: (d: { vmId: number; jobId: number }) =>
      `VM ${d.vmId} belongs to backup job ${d.jobId}. Run it from the job, or take it out of the job first.`,
  },
  VM_FILESYSTEM_DISK: { kind: "conflict", text: () => "Cannot backup VM with FILESYSTEM disks" },
  VM_NO_DISKS: {
    kind: "conflict",
    text: (d: { vmId: number }) => `VM ${d.vmId} has no disk to back up with the present settings.`,
  },
  VM_IMAGE_BUSY: {
    kind: "conflict",
    text: (d: { vmId: number }) =>
      `VM ${d.vmId} is consolidating increments. Wait until that has ended, then try again.`,
  },
  CHAIN_IMAGE_GONE: {
    kind: "not_found",
    text: (d: { imageId: number }) => `Backup image ${d.imageId} of the open chain is gone. Start a new chain (reset).`,
  },
  NOT_BACKUP_DATASTORE: {
    kind: "conflict",
    text: (d: { datastoreId: number }) =>
      `Datastore needs to be of type BACKUP; datastore ${d.datastoreId} is not. Choose a backup datastore.`,
  },
  NO_DATASTORE: { kind: "not_found", text: () => "Choose a backup datastore for the first point of a chain." },
  DATASTORE_FULL: {
    kind: "capacity",
    text: (d: { datastoreId: number; needMb: number; freeMb: number }) =>
      `Not enough free space on target datastore ${d.datastoreId}: ${d.needMb} MiB may be needed, ${d.freeMb} MiB are free.`,
  },
  QUOTA_EXCEEDED: { kind: "denied", text: (d: { message: string }) => d.message },
  DATASTORE_IN_USE: {
    kind: "conflict",
    text: (d: { datastoreId: number; images: number }) =>
      `Datastore ${d.datastoreId} still holds ${d.images} images. Delete them first.`,
  },
  DATASTORE_HAS_VMS: {
    kind: "conflict",
    text: (d: { datastoreId: number; vms: number }) =>
      `Datastore ${d.datastoreId} holds the disks of ${d.vms} VMs. Delete those VMs first.`,
  },
  INCREMENT_IMPOSSIBLE_SNAPSHOTS: {
    kind: "internal",
    text: () => "VM cannot use backup increment mode, it has snapshots.",
  },
  INCREMENT_IMPOSSIBLE_DISKS: {
    kind: "internal",
    text: () => "VM cannot use backup increment mode, it has disks snapshots or disks are not qcow2.",
  },
  BACKUP_CONFIG_INVALID: { kind: "invalid", text: (d: { message: string }) => d.message },
  BACKUP_CONFIG_LOCKED: {
    kind: "internal",
    text: (d: { state: string }) => `configuration cannot be updated in state ${d.state}`,
  },
  BACKUP_IMAGE_BUSY: {
    kind: "conflict",
    text: () =>
      "Cannot delete image. Active backup on the associated VM. Wait till it finish to delete the backup Image",
  },
  IMAGE_PINNED: {
    kind: "conflict",
    text: (d: { imageId: number; incrementIds: string; end: string; userName: string }) =>
      `Backup ${d.imageId} holds pinned points (${d.incrementIds}), the first pinned by ${d.userName} ${d.end}. Unpin them first; force does not delete pinned points either.`,
  },
  POINT_GOING: {
    kind: "conflict",
    text: (d: { imageId: number; incrementId: number }) =>
      `Increment ${d.incrementId} of backup ${d.imageId} is being removed or merged and cannot be pinned any more.`,
  },
  JOB_BUSY: {
    kind: "conflict",
    text: () => "Unable to execute Backup Job, pending backups in progress",
  },
  JOB_VM_TAKEN: {
    kind: "conflict",
    text: (d: { vmId: number; jobId: number; otherJobId: number }) =>
      `Unable to add VM ${d.vmId} to Backup Job ${d.jobId}. It's already in Backup Job ${d.otherJobId}`,
  },
  JOB_PRIORITY: { kind: "invalid", text: () => "Wrong priority value" },
  JOB_NAME_COLLIDES: {
    kind: "conflict",
    text: (d: { name: string; otherJobId: number }) =>
      `backup job cannot be renamed to ${d.name} because it collides with backup job ${d.otherJobId}`,
  },
  OBJECT_LOCKED: {
    kind: "denied",
    text: (d: { object: string; id: number; ownerName: string }) =>
      `${d.object} ${d.id} is locked by ${d.ownerName}. They or an administrator can unlock it.`,
  },
  RESTRICTED_ATTRIBUTE: {
    kind: "denied",
    text: (d: { name: string }) => `Template includes a restricted attribute ${d.name}`,
  },
  STORED_ROW_INVALID: {
    kind: "internal",
    text: () => "Internal error: something that is stored cannot be read. The log of the server has the details.",
  },
  SCHEDULE_INVALID: { kind: "invalid", text: (d: { message: string }) => d.message },
  NETWORK_IN_USE: {
    kind: "conflict",
    text: (d: { networkId: number; vmIds: readonly number[] }) =>
      `VM ${d.vmIds.join(", ")} has addresses of network ${d.networkId}. Delete those VMs first.`,
  },
  NETWORK_FULL: {
    kind: "capacity",
    text: (d: { network: string }) =>
      `Network ${d.network} has no free address. Add a range to it, or leave the NIC out.`,
  },
  ADDRESS_TAKEN: {
    kind: "conflict",
    text: (d: { address: string; network: string; vmId: number }) =>
      `${d.address} of network ${d.network} is leased by VM ${d.vmId}. Remove the address from the template, or delete that VM.`,
  },
  IMAGE_IN_USE: {
    kind: "conflict",
    text: (d: { imageId: number; vmIds: readonly number[] }) =>
      `Image ${d.imageId} is used by VM ${d.vmIds.join(", ")}. Delete those VMs first.`,
  },
  RESTORE_IN_PROGRESS: {
    kind: "conflict",
    text: (d: { imageId: number; actionId: number; kind?: string }) =>
      `Image ${d.imageId} is being read by ${d.kind ?? "restore"} ${d.actionId}. Wait for it, or cancel it.`,
  },
  VERIFY_RUNNING: {
    kind: "conflict",
    text: (d: { imageId: number; actionId: number }) =>
      `Backup ${d.imageId} is being checked by run ${d.actionId} already. Wait for it, or cancel it.`,
  },
  VERIFY_UNSUPPORTED: {
    kind: "conflict",
    text: (d: { driver: string }) =>
      `The datastore driver ${d.driver} cannot check what it has stored: it has no action "verify".`,
  },
  BOOT_CHECK_IMPOSSIBLE: { kind: "conflict", text: (d: { reason: string }) => d.reason },
  FILES_UNREADABLE: { kind: "conflict", text: (d: { reason: string }) => d.reason },
  FILES_CLOSED: {
    kind: "not_found",
    text: (d: { id: number }) =>
      `The files that run ${d.id} opened are closed: nobody used them for a while, or somebody closed them. Open them again.`,
  },
  FILES_LIMIT: {
    kind: "capacity",
    text: (d: { most: number }) =>
      `${d.most} points are open for browsing already, which is the most at a time. Close one, or wait until one closes by itself.`,
  },
  LIST_UNSUPPORTED: {
    kind: "conflict",
    text: (d: { driver: string }) =>
      `The datastore driver ${d.driver} cannot list what it has stored: it has no action "list".`,
  },
  COMPARE_UNSUPPORTED: {
    kind: "conflict",
    text: (d: { driver: string }) =>
      `The datastore driver ${d.driver} cannot tell what changed between two points: it has no action "changes".`,
  },
  COMPARE_IMPOSSIBLE: { kind: "conflict", text: (d: { reason: string }) => d.reason },
  COMPARE_BUSY: {
    kind: "capacity",
    text: () => "Other points are being compared at this moment. Try again when they are done.",
  },
  DESCRIBE_UNSUPPORTED: {
    kind: "conflict",
    text: (d: { driver: string }) =>
      `Backups of the datastore driver ${d.driver} cannot be read back into the catalogue: it has no action "describe".`,
  },
  REPOSITORY_BUSY: {
    kind: "conflict",
    text: (d: { datastoreId: number; actionId: number }) =>
      `Run ${d.actionId} reads backups of datastore ${d.datastoreId} in, or removes leftovers. Wait for it, or cancel it.`,
  },
  NOT_BACKUP_IMAGE: { kind: "conflict", text: () => "Can only restore images of type BACKUP" },
  NOT_IMAGE_DATASTORE: { kind: "conflict", text: () => "Destination can be only an image datastore" },
  RESTORE_NEEDS_DISK: { kind: "conflict", text: () => "Cannot restore a VM from a selected disk backup" },
  RESTORE_DISK_MISSING: {
    kind: "conflict",
    text: (d: { diskId: number }) => `Cannot restore disk ${d.diskId}, it is not part of the backup`,
  },
  INCREMENT_NOT_FOUND: {
    kind: "not_found",
    text: (d: { imageId: number; incrementId: number }) =>
      `Backup ${d.imageId} has no increment ${d.incrementId}. Choose one that the timeline lists.`,
  },
  RESTORE_CONFLICT: { kind: "conflict", text: (d: { message: string }) => d.message },
  DRIVER_FAILED: {
    kind: "driver",
    text: (d: { path: string; exitCode: number | null; reason: string }) =>
      d.reason.trim() === "" ? `${d.path} failed (exit code ${d.exitCode ?? "none"}) without a reason.` : d.reason,
  },
  CHAIN_RESET_NEEDED: {
    kind: "driver",
    text: (d: { reason: string }) => `An increment is not possible: ${d.reason}`,
  },
  DRIVER_MISSING: {
    kind: "driver",
    text: (d: { path: string }) => `There is no driver action at ${d.path}. Check the driver name of the datastore.`,
  },
  DRIVER_ANSWER: {
    kind: "driver",
    text: (d: { path: string; answer: string }) =>
      `${d.path} answered something that cannot be understood: ${d.answer}`,
  },
  DRIVER_TIMEOUT: {
    kind: "driver",
    text: (d: { path: string; timeoutMs: number }) =>
      `${d.path} did not finish within ${Math.round(d.timeoutMs / 1000)} s.`,
  },
  PATH_REFUSED: { kind: "invalid", text: (d: { path: string; reason: string }) => `${d.path}: ${d.reason}` },
  CANCELLED: { kind: "cancelled", text: () => "Cancelled on request." },
  CORE_NOT_READY: { kind: "unavailable", text: () => "The core is still starting. Try again in a few seconds." },
  NOTIFICATION_INVALID: { kind: "invalid", text: (d: { message: string }) => d.message },
  SECRET_KEY: {
    kind: "internal",
    text: (d: { file: string }) =>
      `The passwords of datastores cannot be opened: ${d.file} is missing or not the key they were stored with. Put the right file back.`,
  },
  INTERNAL: { kind: "internal", text: (d: { message: string }) => d.message },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
type ErrorData<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]["text"]> extends [infer D] ? [data: D] : [];

const BRAND = Symbol.for("strata.AppError");

/**
 * The one error class of the product. `message` is for people, `code` and `data` for programs.
 *
 * `instanceof` asks for a brand, not for this very class: Next bundles the core's start and the routes apart, so an
 * error of the running core has another copy of the class than the route that catches it.
 */
export class AppError extends Error {
  readonly [BRAND] = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly data: unknown;

  constructor(code: ErrorCode, data: unknown, options?: ErrorOptions) {
    super((ERRORS[code].text as (d: unknown) => string)(data), options);
    this.code = code;
    this.kind = ERRORS[code].kind;
    this.data = data;
  }
}

/** Build an error; the data is typed by the code. */
export function appError<C extends ErrorCode>(code: C, ...data: ErrorData<C>): AppError {
  return new AppError(code, data[0]);
}

/** The same with the error that caused it. */
export function appErrorFrom<C extends ErrorCode>(cause: unknown, code: C, ...data: ErrorData<C>): AppError {
  return new AppError(code, data[0], { cause });
}

/** A sentence for anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
