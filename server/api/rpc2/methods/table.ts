import type { RpcMethods } from "../method";
import { backupJobMethods } from "./backup-job";
import { systemMethods } from "./system";
import { vmMethods } from "./vm";

/** Every method of the API by its name. */
export const METHODS: RpcMethods = {
  ...systemMethods,
  ...backupJobMethods,
  ...vmMethods,
};
