import { backupHandler } from "../backup/run";
import { demoChangeHandler } from "../demo/change";
import { demoLoadHandler } from "../demo/load";
import { imageDeleteHandler } from "../image/delete";
import { restoreHandler } from "../restore/run";
import { instantiateHandler } from "../template/instantiate";
import { vmDeleteHandler } from "../vm/delete";
import type { Handlers } from "./execute";

/** How each kind of action is carried out: the only place where areas meet. */
export const handlers: Handlers = {
  backup: backupHandler,
  restore: restoreHandler,
  instantiate: instantiateHandler,
  "image-delete": imageDeleteHandler,
  "vm-delete": vmDeleteHandler,
  "demo-load": demoLoadHandler,
  "demo-change": demoChangeHandler,
};
