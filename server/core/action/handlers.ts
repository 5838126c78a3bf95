import { backupHandler } from "../backup/run";
import { catalogueImportHandler } from "../datastore/catalogue-import";
import { orphanRemoveHandler } from "../datastore/orphan-remove";
import { demoChangeHandler } from "../demo/change";
import { demoLoadHandler } from "../demo/load";
import { filesOpenHandler } from "../files/open";
import { flattenHandler } from "../flatten/run";
import { imageCreateHandler } from "../image/create-run";
import { imageDeleteHandler } from "../image/delete";
import { inPlaceHandler } from "../restore/in-place/run";
import { restoreHandler } from "../restore/run";
import { instantiateHandler } from "../template/instantiate";
import { bootCheckHandler } from "../verification/boot-check";
import { verifyHandler } from "../verification/verify";
import { diskAttachHandler } from "../vm/attach";
import { vmDeleteHandler } from "../vm/delete";
import { diskDetachHandler } from "../vm/detach";
import { diskSnapshotCreateHandler, diskSnapshotDeleteHandler, diskSnapshotRevertHandler } from "../vm/disk-snapshot";
import { vmPoweroffHandler, vmRebootHandler, vmStartHandler } from "../vm/power-run";
import { diskResizeHandler } from "../vm/resize";
import {
  systemSnapshotCreateHandler,
  systemSnapshotDeleteHandler,
  systemSnapshotRevertHandler,
} from "../vm/system-snapshot";
import type { Handlers } from "./execute";

/** How each kind of action is carried out: the only place where areas meet. */
export const handlers: Handlers = {
  backup: backupHandler,
  restore: restoreHandler,
  "restore-in-place": inPlaceHandler,
  "image-create": imageCreateHandler,
  instantiate: instantiateHandler,
  "image-delete": imageDeleteHandler,
  "increment-flatten": flattenHandler,
  "vm-delete": vmDeleteHandler,
  "vm-start": vmStartHandler,
  "vm-poweroff": vmPoweroffHandler,
  "vm-reboot": vmRebootHandler,
  "disk-attach": diskAttachHandler,
  "disk-detach": diskDetachHandler,
  "disk-resize": diskResizeHandler,
  "disk-snapshot-create": diskSnapshotCreateHandler,
  "disk-snapshot-revert": diskSnapshotRevertHandler,
  "disk-snapshot-delete": diskSnapshotDeleteHandler,
  "snapshot-create": systemSnapshotCreateHandler,
  "snapshot-revert": systemSnapshotRevertHandler,
  "snapshot-delete": systemSnapshotDeleteHandler,
  verify: verifyHandler,
  "boot-check": bootCheckHandler,
  "files-open": filesOpenHandler,
  "orphan-remove": orphanRemoveHandler,
  "catalogue-import": catalogueImportHandler,
  "demo-load": demoLoadHandler,
  "demo-change": demoChangeHandler,
};
