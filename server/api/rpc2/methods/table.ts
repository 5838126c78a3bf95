import type { RpcMethods } from "../method";
import { backupJobMethods } from "./backup-job";
import { datastoreMethods } from "./datastore";
import { imageMethods } from "./image";
import { inventoryMethods } from "./inventory";
import { notOfferedMethods } from "./not-offered";
import { strataMethods } from "./strata";
import { systemMethods } from "./system";
import { tokenMethods } from "./token";
import { vmMethods } from "./vm";

/** Every method of the API by its name. */
export const METHODS: RpcMethods = {
  ...notOfferedMethods,
  ...systemMethods,
  ...backupJobMethods,
  ...vmMethods,
  ...imageMethods,
  ...datastoreMethods,
  ...inventoryMethods,
  ...tokenMethods,
  ...strataMethods,
};
