import { defineAction } from "../../action";
import { parseHostPath } from "../rsync/repository";

/**
 * `backup_cancel <host>:<vm_dir> <deploy_id>`: nothing to do. Whoever runs `backup` ends it with SIGTERM, and it takes
 * restic on the host with it, which removes its lock.
 */
export const action = defineAction({
  stdin: "raw",
  async run({ argv }) {
    parseHostPath(argv[0] ?? "");
    return "";
  },
});
