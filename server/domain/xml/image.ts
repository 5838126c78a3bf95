import type { IncrementType } from "../backup";
import { IMAGE_DISK_TYPES, IMAGE_TYPES, type ImageDiskType, type ImageType } from "../image";
import { IMAGE_STATES, type ImageState } from "../states";
import { type Template, withValues } from "../template";
import { element, epochSeconds, idsElement, type Xml } from "./builder";
import { type LockDocument, lockElements, type OwnedDocument, ownerElements, permissionsElement } from "./shared";
import { templateElement } from "./template-xml";
import { type DiskSnapshotsDocument, snapshotsElement } from "./vm";

export interface IncrementDocument {
  /** Epoch ms. */
  at: number;
  id: number;
  /** -1 for a full. */
  parentId: number;
  sizeMb: number;
  source: string;
  type: IncrementType;
}

/** Everything the IMAGE document shows (image.xsd). */
export interface ImageDocument extends OwnedDocument {
  lock?: LockDocument | null;
  type: ImageType;
  diskType: ImageDiskType;
  isPersistent: boolean;
  /** Epoch ms. */
  registeredAt: number;
  modifiedAt: number;
  source: string;
  path: string;
  format: string;
  fs: string;
  sizeMb: number;
  state: ImageState;
  prevState: ImageState;
  runningVms: number;
  cloningOps?: number;
  cloningId: number;
  targetSnapshot?: number;
  datastoreId: number;
  datastoreName: string;
  /** VMs that use it; of a backup image the VM it was made of, kept when the VM is gone. */
  vmIds: readonly number[];
  cloneIds?: readonly number[];
  appCloneIds?: readonly number[];
  template: Template;
  /** Shown as TEMPLATE/ERROR. */
  error?: string | null;
  snapshots?: DiskSnapshotsDocument | null;
  /** Oldest first; empty for anything but a chain. */
  increments: readonly IncrementDocument[];
  /** Disks in the backup; shown for backup images only. */
  backupDiskIds: readonly number[];
}

const NO_SNAPSHOTS: DiskSnapshotsDocument = {
  diskId: null,
  allowOrphans: "NO",
  currentBase: -1,
  nextSnapshot: 0,
  snapshots: [],
};

/** The `<IMAGE>` document that drivers and API clients read. */
export function imageXml(image: ImageDocument): Xml {
  const template = image.error ? withValues(image.template, "ERROR", [image.error]) : image.template;
  return element("IMAGE", [
    ...ownerElements(image),
    ...lockElements(image.lock),
    permissionsElement(image.permissions),
    element("TYPE", IMAGE_TYPES[image.type]),
    element("DISK_TYPE", IMAGE_DISK_TYPES[image.diskType]),
    element("PERSISTENT", image.isPersistent ? 1 : 0),
    element("REGTIME", epochSeconds(image.registeredAt)),
    element("MODTIME", epochSeconds(image.modifiedAt)),
    element("SOURCE", image.source),
    element("PATH", image.path),
    element("FORMAT", image.format),
    element("FS", image.fs),
    element("SIZE", image.sizeMb),
    element("STATE", IMAGE_STATES[image.state]),
    element("PREV_STATE", IMAGE_STATES[image.prevState]),
    element("RUNNING_VMS", image.runningVms),
    element("CLONING_OPS", image.cloningOps ?? 0),
    element("CLONING_ID", image.cloningId),
    element("TARGET_SNAPSHOT", image.targetSnapshot ?? -1),
    element("DATASTORE_ID", image.datastoreId),
    element("DATASTORE", image.datastoreName),
    idsElement("VMS", image.vmIds),
    idsElement("CLONES", image.cloneIds ?? []),
    idsElement("APP_CLONES", image.appCloneIds ?? []),
    templateElement("TEMPLATE", template),
    snapshotsElement(image.snapshots ?? NO_SNAPSHOTS),
    element("BACKUP_INCREMENTS", image.increments.map(incrementElement)),
    ...(image.type === "BACKUP" ? [idsElement("BACKUP_DISK_IDS", image.backupDiskIds)] : []),
  ]);
}

function incrementElement(increment: IncrementDocument): Xml {
  return element("INCREMENT", [
    element("DATE", epochSeconds(increment.at)),
    element("ID", increment.id),
    element("PARENT_ID", increment.parentId),
    element("SIZE", increment.sizeMb),
    element("SOURCE", increment.source),
    element("TYPE", increment.type),
  ]);
}
