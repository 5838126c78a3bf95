import type { RpcMethods } from "../method";
import { backupJobMethods } from "./backup-job";
import { systemMethods } from "./system";

/** Every method of the API by its name. */
export const METHODS: RpcMethods = {
  ...systemMethods,
  ...backupJobMethods,
};
