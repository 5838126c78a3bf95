import { readLimits } from "../../../core/settings";
import { element } from "../../../domain/xml/builder";
import type { RpcMethods } from "../method";

/** The version that clients compare with their own (jobs-api-cli §4.7). */
const COMPATIBLE_VERSION = "7.5.80";

/** Methods of the system. */
export const systemMethods: RpcMethods = {
  "one.system.version": {
    params: "",
    run: async () => COMPATIBLE_VERSION,
  },
  "one.system.config": {
    params: "",
    differs: "the attributes that concern backups",
    async run(ctx) {
      const limits = await readLimits(ctx.core.db);
      return element("OPENNEBULA_CONFIGURATION", [
        element("API_LIST_ORDER", "DESC"),
        element("DATASTORE_CAPACITY_CHECK", "YES"),
        element("DEFAULT_UMASK", 177),
        element("MAX_BACKUPS", limits.maxBackups),
        element("MAX_BACKUPS_HOST", limits.maxBackupsHost),
      ]).xml;
    },
  },
};
