import { defineAction } from "../../action";
import { parseHostPath } from "./repository";

/**
 * `backup_cancel <host>:<vm_dir> <deploy_id>`: nothing to do. Whoever runs `backup` ends it with SIGTERM, and it takes
 * its remote processes with it when its connection closes; upstream's search through process names, which could hit the
 * wrong one, has no counterpart here.
 */
export const action = defineAction({
  stdin: "raw",
  async run({ argv }) {
    parseHostPath(argv[0] ?? "");
    return "";
  },
});
