import { reasonOf } from "../../../../domain/errors";
import { attempt } from "../../../../lib/outcome";
import type { ActionInput } from "../../../action";
import { parseId, parsePlace } from "../arguments";
import { removeStaging } from "../staging";
import { liveVmOf, recover } from "./prebackup";
import { settleAfterLive } from "./snapshot-mode";

/**
 * postbackup_live: whatever the pre-backup left, the guest runs freely afterwards and the staging folder is gone. After
 * a pre-backup that ended by itself there is only the folder. Never fails: see ../postbackup.ts.
 */
export async function postBackupLive(input: ActionInput): Promise<string> {
  const { argv, log } = input;
  const cleaned = await attempt(async () => {
    const { machine, path } = parsePlace(argv[0]);
    const vm = liveVmOf(argv, { machine, vmDir: path, vmId: parseId(argv[4], "VM id"), backupId: null });
    await recover(vm, log);
    await removeStaging(machine, path);
  });
  if (!cleaned.ok) log.error(`The guest or its host could not be put back: ${reasonOf(cleaned.error)}`);
  const settled = await attempt(async () => {
    const { machine, path } = parsePlace(argv[0]);
    const vm = liveVmOf(argv, { machine, vmDir: path, vmId: parseId(argv[4], "VM id"), backupId: null });
    await settleAfterLive(input, vm);
  });
  if (!settled.ok) log.warn(`Overlays are merged by the next backup: ${reasonOf(settled.error)}`);
  return "";
}
